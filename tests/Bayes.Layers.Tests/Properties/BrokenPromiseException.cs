namespace Bayes.Layers.Tests.Properties;

/// <summary>A case broke a promise that holds for all cases.</summary>
internal sealed class BrokenPromiseException(string what, Exception? found = null)
    : Exception(found is null ? what : $"{what}: {found.GetType().Name}: {found.Message}", found);
