namespace Bayes.Layers.Tests.Conversion;

/// <summary>A plain module with a value of one of its options.</summary>
/// <param name="Names">The options, as the parameters of TorchSharp's factory are named.</param>
/// <param name="Make">Makes the module, of double precision if it has weights.</param>
/// <param name="Input">Makes an input of it.</param>
internal sealed record PlainOption(string Names, Func<nn.Module<Tensor, Tensor>> Make, Func<Tensor> Input)
{
    /// <summary>Gets a part of the message if the option cannot be kept; null if it is kept.</summary>
    public string? Refusal { get; init; }

    /// <summary>Gets whether the option makes the module stay plain.</summary>
    public bool StaysPlain { get; init; }
}
