namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>PyTorch cannot be compared with: the message says why.</summary>
internal sealed class PyTorchException(string message, Exception? innerException = null) : Exception(message, innerException);
