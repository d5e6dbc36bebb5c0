/// What is to become of a request, decided on its head alone.
package struct RequestPlan {
    package enum Course {
        case handle(BodyRule, HTTPServer.Handler)
        /// Answered without a look at the body: a client that waits for `100 Continue` never sends it.
        case refuse(HTTPResponse)
    }

    /// For the log: the pattern of the route. The path itself may name people.
    package var label: String
    /// For the log and for counting: what the API's document calls it.
    package var operation: String
    package var course: Course

    package init(label: String, operation: String = "-", _ course: Course) {
        self.label = label
        self.operation = operation
        self.course = course
    }
}
