using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>Images as the input of a network, and their digits.</summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal sealed class DigitImages : IDisposable
{
    public DigitImages(DigitsData data, IReadOnlyList<int> rows, Device device)
    {
        using var scope = NewDisposeScope();
        Input = tensor(data.Pixels(rows), [rows.Count, 1, DigitsData.Side, DigitsData.Side]).to(device).DetachFromDisposeScope();
        Target = tensor(rows.Select(row => (long)data.Digits[row]).ToArray()).to(device).DetachFromDisposeScope();
    }

    /// <summary>From 0 (paper) to 1 (ink), <c>[N, 1, 8, 8]</c>.</summary>
    public Tensor Input { get; }

    /// <summary>The digits, <c>[N]</c>.</summary>
    public Tensor Target { get; }

    /// <summary>N.</summary>
    public int Count => (int)Target.shape[0];

    public void Dispose()
    {
        Input.Dispose();
        Target.Dispose();
    }
}
