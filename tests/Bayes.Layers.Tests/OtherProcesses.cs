namespace Bayes.Layers.Tests;

/// <summary>Tests that wait for other processes, and use no torch in this one: they run beside all others, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OtherProcesses
{
    /// <summary>The collection's name.</summary>
    public const string Name = "other processes";
}
