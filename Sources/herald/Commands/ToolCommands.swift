import Domain
import Foundation
import Ingest

/// `herald tool …`: the rules of the domain as filters, line by line. They need no database.
enum ToolCommands {
    static let commands: [Command] = [
        Command(
            "tool phone", "judge phone numbers: lines in, JSON out",
            options: [
                .value("region", "CC", "country of numbers that are written without one, such as SG"),
                .flag("repair", "mend what a spreadsheet damaged where only one reading is possible, as campaigns do"),
            ],
            example: "echo '+65 9123 4567' | herald tool phone"
        ) { arguments, screen in
            let tool = PhoneTool(
                region: try arguments.region("region") ?? .none, repair: arguments.has("repair") ? .certain : .none)
            return try LineTool(screen: screen).run { line, _, output in
                tool.judge(line, into: &output)
                return true
            }
        },
        Command(
            "tool email", "judge email addresses: lines in, JSON out",
            example: "echo 'Ann@Example.ORG' | herald tool email"
        ) { _, screen in
            var tool = EmailTool()
            return try LineTool(screen: screen).run { line, _, output in
                tool.judge(line, into: &output)
                return true
            }
        },
        Command(
            "tool segments", "count SMS segments: JSON strings in, one a line, JSON out",
            example: "echo '\"Hello\"' | herald tool segments"
        ) { _, screen in
            var tool = SegmentsTool()
            return try LineTool(screen: screen).run { line, number, output in
                guard let fault = tool.judge(line, into: &output) else { return true }
                screen.note("line \(number), \(fault)")
                return false
            }
        },
        Command(
            "tool csv", "read CSV: a file (- for standard input) in, a JSON array per record out", operands: "FILE",
            options: [.value("delimiter", "CHAR", "a comma, semicolon, tab or pipe; found out where it is not given")],
            example: "herald tool csv contacts.csv"
        ) { arguments, screen in
            let path = arguments.operands[0]
            let source = try ImportSource.open(path)
            let delimiter = try delimiter(arguments)
            do {
                try CSVRecords.write(source, delimiter: delimiter) { screen.write(copy $0) }
            } catch let error as IngestError {
                throw ImportSource.failure(path, error)
            }
            return .done
        },
        Command(
            "tool render",
            "render a Liquid template: JSON objects in, one a line, a JSON string of the result per line out",
            operands: "FILE", options: [.flag("html", "escape what comes from the data, as HTML bodies do")],
            example: "echo '{\"name\": \"Ann\"}' | herald tool render welcome.liquid"
        ) { arguments, screen in
            var tool = try RenderTool(path: arguments.operands[0], isHTML: arguments.has("html"), now: .now)
            return try LineTool(screen: screen).run { line, number, output in
                guard let fault = tool.judge(line, into: &output) else { return true }
                screen.note("line \(number), \(fault)")
                return false
            }
        },
    ]

    private static func delimiter(_ arguments: Arguments) throws -> UInt8? {
        guard let text = arguments.text("delimiter") else { return nil }
        switch text {
        case "tab", "\\t", "\t": return 0x09
        case ",", ";", "|", ":": return text.utf8.first
        default: throw CommandError.usage("--delimiter is one of “,”, “;”, “|”, “:” and tab.")
        }
    }
}
