# WebAssembly, run by the interpreter that comes with Swift.
core=wasm32
triple=wasm32-unknown-none-wasm
emulator=(wasmkit run)
