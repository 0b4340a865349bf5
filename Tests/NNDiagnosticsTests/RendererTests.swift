import NNDiagnostics
import Testing
