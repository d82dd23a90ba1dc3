namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>A libtorch that was named cannot be used; the message says which one was found and what is wrong with it.</summary>
internal sealed class TorchLibraryException(string message, Exception? innerException = null) : Exception(message, innerException);
