/// Prints the schema of what a command's `--json` prints.
enum Schema: Command {
  static let name = "schema"
  static let summary = "the JSON Schema of a command's --json"
  static let examples = ["gru schema validate", "gru schema quantize"]
  static let operands = ["COMMAND"]
  static var operandChoices: [String] { schemas.keys.sorted() }

  private static let schemas = [
    Validate.name: PackageResources.validate_json, Quantize.name: PackageResources.quantize_json,
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let command = arguments.operands[0]
    guard let schema = schemas[command] else {
      throw Failure.usage(
        "'\(command)' has no schema, expected \(operandChoices.joined(separator: " or "))")
    }
    print(String(decoding: schema, as: UTF8.self), terminator: "")
    return .success
  }
}
