using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Estimates how many products of numbers a pass through a model takes, only from the sizes of its weights and of the input.
/// </summary>
internal sealed class StepWork
{
    private readonly long _filterWeights;
    private readonly long _otherWeights;

    /// <summary>Creates the estimate for a model and a number of draws.</summary>
    public StepWork(nn.Module model, int samples)
    {
        foreach (var parameter in model.parameters())
            if (parameter.ndim > 2)
                _filterWeights += parameter.numel() * samples;
            else
                _otherWeights += parameter.numel() * samples;
    }

    /// <summary>Returns the number of products of a pass, an upper bound for networks of linear and convolutional layers.</summary>
    /// <param name="input"><c>[B, …]</c>; of several inputs, each may meet all weights, except masks.</param>
    public long Products(NetworkInput input)
    {
        if (input.Count == 1)
            return Products(input[0]);
        Int128 products = 0;
        foreach (var tensor in input.Tensors)
            if (tensor.dtype != ScalarType.Bool)
                products += Products(tensor);
        return products > long.MaxValue ? long.MaxValue : (long)products;
    }

    private long Products(Tensor input)
    {
        long[] shape = input.shape;
        if (shape.Length == 0 || input.numel() == 0)
            return 0;
        // Weights are applied at each place of a row: of a sequence of numbers, features or tokens, or of an image. After an image's filters,
        // other weights are applied to the whole row.
        long places = input.numel() / shape[0];
        if (input.is_floating_point())
            places = shape.Length == 2 ? 1 : places / shape.Skip(1).DefaultIfEmpty(1).Min();
        Int128 products = (Int128)shape[0] * (_filterWeights * (Int128)places + _otherWeights * (Int128)(shape.Length > 3 ? 1 : places));
        return products > long.MaxValue ? long.MaxValue : (long)products;
    }
}
