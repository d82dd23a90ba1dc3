using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>
/// The temperature by which the logits of every drawn function are divided (Guo et al. 2017, "On Calibration of Modern Neural Networks", §4.2, for
/// one network). So probabilities and all entropies remain those of one mixture.
/// </summary>
/// <param name="Value">T; 1 changes nothing.</param>
/// <param name="RowCount">The number of rows that it was learned on; 0 if it was not learned.</param>
internal sealed record ClassTemperature(double Value, int RowCount)
{
    // 61 temperatures from 0.1 to 10, 8 % apart, and 1 among them: far finer than what held-out rows can tell.
    private const int StepsToTen = 30;

    /// <summary>Gets the temperature that changes nothing.</summary>
    public static ClassTemperature None { get; } = new(1, 0);

    /// <summary>Learns the temperature under which held-out classes are the most probable, one of a grid that contains 1.</summary>
    /// <param name="blocks">The held-out rows.</param>
    /// <param name="classes">The class of each row.</param>
    /// <param name="weights">The weight of each row, or null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static ClassTemperature Learn(NetworkBlocks blocks, int[] classes, double[]? weights, CancellationToken cancellationToken)
    {
        double[] grid = [.. Enumerable.Range(-StepsToTen, 2 * StepsToTen + 1).Select(step => Math.Pow(10, (double)step / StepsToTen))];
        double[] sums = new double[grid.Length];
        for (int block = 0; block < blocks.Count; block++)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var (first, count) = blocks.RangeOf(block);
            var logits = blocks.Predict(block, cancellationToken).Samples;
            for (int index = 0; index < grid.Length; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double[,] logs = new ClassTemperature(grid[index], 0).Mixture(logits).LogProbabilities;
                for (int row = 0; row < count; row++)
                    sums[index] += (weights?[first + row] ?? 1) * logs[row, classes[first + row]];
            }
        }
        // 1 unless another is better.
        int best = Enumerable.Range(0, grid.Length).OrderByDescending(index => sums[index]).ThenBy(index => Math.Abs(index - StepsToTen)).First();
        return new ClassTemperature(grid[best], blocks.RowCount);
    }

    /// <summary>Returns log p of the mixture of draws, <c>[rows, classes]</c>, and the mean entropy of the draws of each row, in nats.</summary>
    /// <param name="logits">f of every draw, <c>[S, B, C]</c>.</param>
    public (double[,] LogProbabilities, double[] ExpectedEntropies) Mixture(Tensor logits)
    {
        using var scope = NewDisposeScope();
        using Scalar temperature = Value, logOfDraws = Math.Log(logits.shape[0]);
        var logs = nn.functional.log_softmax(logits.div(temperature), -1);
        var mixture = logs.logsumexp(0).to(float64).sub_(logOfDraws).contiguous();
        var entropies = logs.exp().mul_(logs).sum(-1L).mean([0L]).neg_().to(float64);
        double[] flat = mixture.data<double>().ToArray();
        int rows = (int)logits.shape[1], classes = (int)logits.shape[2];
        double[,] probabilities = new double[rows, classes];
        for (int row = 0; row < rows; row++)
            for (int index = 0; index < classes; index++)
                probabilities[row, index] = flat[row * classes + index];
        return (probabilities, entropies.data<double>().ToArray());
    }
}
