namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>A named libtorch cannot be used. The message says which one was found and what is wrong with it.</summary>
internal sealed class TorchLibraryException(string message, Exception? innerException = null) : Exception(message, innerException);
