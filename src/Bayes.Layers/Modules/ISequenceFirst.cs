namespace Bayes.Layers.Modules;

/// <summary>
/// A module of this library that may take the sequence on axis 0, as TorchSharp's transformers do, and then mixes what is on that axis.
/// </summary>
internal interface ISequenceFirst
{
    /// <summary>Gets whether it does.</summary>
    bool SequenceFirst { get; }
}
