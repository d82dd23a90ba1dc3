namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>PyTorch is not available for comparison; the message says why.</summary>
internal sealed class PyTorchException(string message, Exception? innerException = null) : Exception(message, innerException);
