namespace Bayes.Layers.Tests.Properties;

/// <summary>A case did what no case may do.</summary>
internal sealed class BrokenPromiseException(string what, Exception? found = null)
    : Exception(found is null ? what : $"{what}: {found.GetType().Name}: {found.Message}", found);
