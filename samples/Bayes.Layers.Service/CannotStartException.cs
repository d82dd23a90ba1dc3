namespace Bayes.Layers.Service;

/// <summary>The service cannot start; the message is one sentence that says why.</summary>
internal sealed class CannotStartException(string message, Exception? inner = null) : Exception(message, inner);
