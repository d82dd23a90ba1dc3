using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>Checks what a sampler is given.</summary>
internal static class SamplerData
{
    private const int DiagnosticRows = 16;

    /// <summary>Refuses data that cannot be sampled with, and returns the likelihood with its scale of the noise fixed.</summary>
    /// <exception cref="ArgumentException">There are no rows, another number of targets, or numbers that are not finite.</exception>
    public static Likelihood Require(NetworkInput inputs, Tensor targets, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(likelihood);
        inputs.RequireBatch();
        Numerics.Require.OneForEachRow(targets, inputs.Rows);
        FiniteRows.Require(inputs, targets, "The data cannot be sampled with");
        return likelihood.Frozen();
    }

    /// <summary>Returns the rows at which outputs are compared, which belong to the caller's dispose scope.</summary>
    public static NetworkInput DiagnosticRowsOf(NetworkInput inputs, SamplerOptions options)
    {
        if (options.DiagnosticInputs is { } given)
        {
            given.RequireBatch();
            return given;
        }
        int count = (int)Math.Min(DiagnosticRows, inputs.Rows);
        long[] rows = [.. Enumerable.Range(0, count).Select(i => i * inputs.Rows / count)];
        var indices = tensor(rows, ScalarType.Int64);
        return inputs.Each(values => values.detach().index_select(0, indices.to(values.device)));
    }
}
