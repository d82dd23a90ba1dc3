using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Digits;

/// <summary>Turns images around their centre, with linear interpolation between pixels. Pixels from outside the image are paper.</summary>
internal static class ImageRotation
{
    /// <summary>Turns images counterclockwise.</summary>
    /// <param name="images"><c>[N, C, side, side]</c>; images that are not square would be distorted.</param>
    /// <param name="degrees">Angle in degrees.</param>
    /// <returns>New images of the same shape.</returns>
    public static Tensor Turn(Tensor images, double degrees)
    {
        using var scope = NewDisposeScope();
        float cosine = (float)Math.Cos(degrees * Math.PI / 180), sine = (float)Math.Sin(degrees * Math.PI / 180);
        // Maps each pixel to its source: the inverse rotation, in coordinates whose y points down.
        var theta = tensor([cosine, -sine, 0, sine, cosine, 0], [1, 2, 3], dtype: images.dtype, device: images.device).expand(images.shape[0], 2, 3);
        var places = functional.affine_grid(theta, images.shape, align_corners: false);
        return functional.grid_sample(images, places, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false)
            .MoveToOuterDisposeScope();
    }
}
