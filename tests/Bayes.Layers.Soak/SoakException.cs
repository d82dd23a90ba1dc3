namespace Bayes.Layers.Soak;

/// <summary>A promise that was not held.</summary>
internal sealed class SoakException(string message) : Exception(message);
