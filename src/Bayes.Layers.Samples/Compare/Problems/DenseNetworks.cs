using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>Makes fully connected networks with tanh between their layers.</summary>
internal static class DenseNetworks
{
    /// <summary>Makes a network.</summary>
    /// <param name="sizes">Number of inputs, of units of each hidden layer, and of outputs.</param>
    /// <param name="dropout">Probability of dropout after each hidden layer; 0 for no dropout.</param>
    public static Module<Tensor, Tensor> WithTanh(IReadOnlyList<long> sizes, double dropout)
    {
        var modules = new List<Module<Tensor, Tensor>> { Linear(sizes[0], sizes[1]) };
        for (int layer = 1; layer < sizes.Count - 1; layer++)
        {
            modules.Add(Tanh());
            if (dropout > 0)
                modules.Add(Dropout(dropout));
            modules.Add(Linear(sizes[layer], sizes[layer + 1]));
        }
        return Sequential(modules);
    }

    /// <summary>Describes such a network.</summary>
    public static string Describe(IReadOnlyList<long> sizes) => $"{string.Join("-", sizes)}, tanh, with biases";
}
