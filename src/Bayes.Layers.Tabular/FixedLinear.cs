using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Makes linear layers with given weights, which training does not change.</summary>
internal static class FixedLinear
{
    /// <summary>Returns a layer.</summary>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="fill">Fills the weight, <c>[outputs, inputs]</c>, and the bias, which are 0.</param>
    public static nn.Module<Tensor, Tensor> Create(int inputs, int outputs, Action<float[,], float[]> fill)
    {
        float[,] weight = new float[outputs, inputs];
        float[] bias = new float[outputs];
        fill(weight, bias);
        var linear = nn.Linear(inputs, outputs);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        linear.weight.copy_(tensor(weight));
        linear.bias!.copy_(tensor(bias));
        foreach (var parameter in linear.parameters())
            parameter.requires_grad_(false);
        return linear;
    }
}
