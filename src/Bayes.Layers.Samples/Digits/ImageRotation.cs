using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Digits;

/// <summary>Turns images about their middle, with linear interpolation between pixels; what comes in from outside is paper.</summary>
internal static class ImageRotation
{
    /// <summary>The images turned counterclockwise.</summary>
    /// <param name="images"><c>[N, C, side, side]</c>; square, or they would be squeezed.</param>
    /// <param name="degrees">By how much.</param>
    /// <returns>New images of the same shape.</returns>
    public static Tensor Turn(Tensor images, double degrees)
    {
        using var scope = NewDisposeScope();
        float cosine = (float)Math.Cos(degrees * Math.PI / 180), sine = (float)Math.Sin(degrees * Math.PI / 180);
        // Where each pixel comes from: the inverse turn, in coordinates whose y goes down.
        var theta = tensor([cosine, -sine, 0, sine, cosine, 0], [1, 2, 3], dtype: images.dtype, device: images.device).expand(images.shape[0], 2, 3);
        var places = functional.affine_grid(theta, images.shape, align_corners: false);
        return functional.grid_sample(images, places, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false).MoveToOuterDisposeScope();
    }
}
