using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>The mean uncertainty about the class, in nats, and the entropies of right and of wrong predictions.</summary>
/// <param name="Total">Mean entropy.</param>
/// <param name="Aleatoric">Mean expected entropy.</param>
/// <param name="Epistemic">Mean mutual information.</param>
/// <param name="Right">Entropy of each example that is predicted correctly.</param>
/// <param name="Wrong">Entropy of the others.</param>
internal sealed record ClassUncertainty(double Total, double Aleatoric, double Epistemic, double[] Right, double[] Wrong)
{
    /// <summary>Reads the uncertainty of a prediction; null if its examples have places, such as pixels.</summary>
    public static ClassUncertainty? Of(Predictive prediction, Tensor targets)
    {
        bool isBinary = prediction.TotalEntropy.numel() == prediction.Mean.numel();
        if (prediction.Mean.ndim > 2 || prediction.TotalEntropy.shape[0] != prediction.TotalEntropy.numel())
            return null;
        double[] probability = ReadTensor.Doubles(prediction.Mean), classes = ReadTensor.Doubles(targets);
        double[] entropy = ReadTensor.Doubles(prediction.TotalEntropy), expected = ReadTensor.Doubles(prediction.ExpectedEntropy);
        int perRow = probability.Length / entropy.Length;
        if (classes.Length != entropy.Length)
            return null;
        var parts = Enumerable.Range(0, entropy.Length).ToLookup(row => Predicted(row) == (int)classes[row], row => entropy[row]);
        return new ClassUncertainty(
            entropy.Average(), expected.Average(), entropy.Average() - expected.Average(), [.. parts[true]], [.. parts[false]]);

        int Predicted(int row)
        {
            if (isBinary)
                return probability[row] >= 0.5 ? 1 : 0;
            ReadOnlySpan<double> own = probability.AsSpan(row * perRow, perRow);
            int best = 0;
            for (int index = 1; index < perRow; index++)
                if (own[index] > own[best])
                    best = index;
            return best;
        }
    }
}
