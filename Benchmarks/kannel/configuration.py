"""What Kannel is told, whatever it is measured for: bearerbox with one SMSC, and an smsbox that takes requests for it."""

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = bar
smsbox-port = {box}
log-level = 4
store-type = {store}
store-location = {folder}/kannel.store
dlr-storage = internal

group = smsc
{smsc_group}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
global-sender = 13013
log-level = 4

group = sendsms-user
username = u
password = p
max-messages = 3

group = sms-service
keyword = default
text = "No"
"""


def configuration(folder, ports, smsc, store):
    """`ports` has `admin`, `box` and `http`; `smsc` the settings of the SMSC by name."""
    group = "\n".join(f"{name} = {value}" for name, value in smsc.items())
    return CONFIGURATION.format(folder=folder, smsc_group=group, store=store, **ports)
