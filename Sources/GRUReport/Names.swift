/// Names of parts without their layer, where they are told apart without it; else with its number
/// alone.
func shortened(_ names: [String]) -> [String] {
  let parts = names.map { name -> (layer: Substring, rest: Substring) in
    guard name.hasPrefix("layer "), let comma = name.firstIndex(of: ",") else {
      return ("", name[...])
    }
    return (name[..<comma].dropFirst(6), name[comma...].dropFirst(2))
  }
  // Rows are told apart by their matrix.
  let matrices = parts.map { $0.rest.split(separator: ",")[0] }
  guard Set(matrices).count < names.count else { return parts.map { String($0.rest) } }
  return parts.map { $0.layer.isEmpty ? String($0.rest) : "\($0.layer): \($0.rest)" }
}
