// swift-tools-version: 6.2
import PackageDescription

// A board is a folder: Boards/<board>/ with Board.swift, memory.ld and toolset.json.
let board = Context.environment["BOARD"] ?? "qemu-mps2-an386"

let package = Package(
  name: "Firmware",
  dependencies: [.package(name: "gru", path: "..")],
  targets: [
    .executableTarget(
      name: "Replay",
      dependencies: [
        "Board", "Models", "Startup", .product(name: "GRURuntime", package: "gru"),
      ],
      swiftSettings: [.strictMemorySafety()]),
    .target(
      name: "Models", dependencies: [.product(name: "GRURuntime", package: "gru")],
      path: "Models"),
    .target(name: "Startup"),
    .target(
      name: "Board", dependencies: ["Startup"], path: "Boards/\(board)",
      exclude: ["toolset.json", "memory.ld"],
      swiftSettings: [.enableExperimentalFeature("Volatile"), .strictMemorySafety()]),
  ]
)
