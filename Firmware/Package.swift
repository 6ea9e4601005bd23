// swift-tools-version: 6.2
import PackageDescription

// A board is a folder: Boards/<board>/ with Board.swift, board.sh, memory.ld and toolset.json.
let board = Context.environment["BOARD"] ?? "qemu-mps2-an386"

let runtime = Target.Dependency.product(name: "GRURuntime", package: "gru")

let package = Package(
  name: "Firmware",
  dependencies: [.package(name: "gru", path: "..")],
  targets: [
    .executableTarget(
      name: "Replay", dependencies: ["Board", "Printing", "ReplayModels", "Startup", runtime],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "Benchmark", dependencies: ["BenchmarkModel", "Board", "Printing", "Startup", runtime],
      swiftSettings: [.strictMemorySafety()]),

    // The networks' headers, which Firmware/build puts into Models/generated.
    .target(name: "ReplayModels", dependencies: [runtime], path: "Models/Replay"),
    .target(name: "BenchmarkModel", dependencies: [runtime], path: "Models/Benchmark"),

    .target(
      name: "Printing", dependencies: ["Board"],
      swiftSettings: [
        .enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety(),
      ]),
    .target(
      name: "Board", dependencies: ["Startup"], path: "Boards/\(board)",
      exclude: ["board.sh", "memory.ld", "toolset.json"],
      swiftSettings: [.enableExperimentalFeature("Volatile"), .strictMemorySafety()]),
    .target(name: "Startup"),
  ]
)
