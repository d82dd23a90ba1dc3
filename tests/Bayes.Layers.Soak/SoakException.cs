namespace Bayes.Layers.Soak;

/// <summary>A broken promise.</summary>
internal sealed class SoakException(string message) : Exception(message);
