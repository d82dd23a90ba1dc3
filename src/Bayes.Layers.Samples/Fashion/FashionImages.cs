using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>Images as the input of a network, and their classes.</summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal sealed class FashionImages : IDisposable
{
    public FashionImages(LabelledImages images, int most, Device device)
    {
        using var scope = NewDisposeScope();
        Count = Math.Min(most, images.Count);
        Input = tensor(images.FirstPixels(Count), [Count, 1, images.Height, images.Width]).to(device).DetachFromDisposeScope();
        Target = tensor([.. images.Labels.Take(Count).Select(label => (long)label)]).to(device).DetachFromDisposeScope();
    }

    /// <summary>From 0 (nothing) to 1, <c>[N, 1, height, width]</c>.</summary>
    public Tensor Input { get; }

    /// <summary>The classes, <c>[N]</c>.</summary>
    public Tensor Target { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>Returns all handwritten digits of the digits sample, made as large as the images, <c>[N, 1, height, width]</c>.</summary>
    public Tensor Digits()
    {
        using var scope = NewDisposeScope();
        var data = DigitsData.Read();
        var small = tensor(data.Pixels([.. Enumerable.Range(0, data.Rows)]), [data.Rows, 1, DigitsData.Side, DigitsData.Side]);
        return nn.functional.interpolate(small, [Input.shape[2], Input.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false)
            .to(Input.device).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Input.Dispose();
        Target.Dispose();
    }
}
