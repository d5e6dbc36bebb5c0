"""What schemathesis needs to know about bodies: files are sent as they were made up."""
import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/gzip")
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
