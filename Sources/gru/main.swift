import Foundation

// A file size limit is reported as a failed write, not as a signal.
signal(SIGXFSZ, SIG_IGN)
exit(finished(Tool.perform(Array(CommandLine.arguments.dropFirst()))).rawValue)
