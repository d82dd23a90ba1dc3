using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Predicts with a Bayesian model by Monte Carlo: draws S functions from the posterior, passes all inputs through each, and
/// sums up. Every input sees the same S functions, so a map over a grid has no seams.
/// </summary>
/// <remarks>
/// Works in blocks of draws, and within them in blocks of inputs, and keeps only running moments: memory grows neither with
/// S nor with S times the inputs. No gradient is recorded, and the model is in evaluation mode for the time of the call;
/// to predict from several threads at once, call <c>model.eval()</c> before, since that mode is the model's, not the call's.
/// Holds the model as its child <c>model</c>; disposing it disposes the model, as TorchSharp's own containers do.
/// </remarks>
public sealed class MonteCarloPredictive : nn.Module<Tensor, Predictive>
{
    // A block of draws holds at most this many weights, and a pass this many rows: draws times inputs.
    private const long WeightsPerBlock = 1 << 23;
    private const long RowsPerPass = 1 << 15;

    // Named as its key, so that TorchSharp does not register the field a second time.
    [ComponentName(Name = "model")]
    private readonly BayesianModule _model;
    private readonly long? _seed;

    /// <summary>A predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="likelihood">p(y | f): that of the loss the model was trained with.</param>
    /// <param name="samples">S, the number of draws; at least 1, and at least 2 for an epistemic standard deviation.</param>
    /// <param name="seed">
    /// With a seed every call draws the same functions, whatever the inputs, and torch's global generators are left alone;
    /// without, draws follow the global generators.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public MonteCarloPredictive(BayesianModule model, Likelihood likelihood, int samples = 100, long? seed = null)
        : base(nameof(MonteCarloPredictive))
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        _model = model;
        _seed = seed;
        Likelihood = likelihood;
        Samples = (int)Require.Positive(samples);
        register_module("model", model);
    }

    /// <summary>p(y | f).</summary>
    public Likelihood Likelihood { get; }

    /// <summary>S, the number of draws.</summary>
    public int Samples { get; }

    /// <summary>Predicts.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    public override Predictive forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        BayesianModule.RequireBatch(input);
        using var noGrad = no_grad();
        using var evaluation = new EvaluationMode(_model);
        using var seeded = _seed is { } seed ? new TorchNoise(seed) : null;
        using var scope = NewDisposeScope();

        long rows = input.shape[0];
        long weights = _model.BayesianModules().OfType<BayesianLayer>().Sum(layer => layer.weight_mu.numel());
        int drawsPerBlock = (int)Math.Clamp(WeightsPerBlock / Math.Max(weights, 1), 1, Samples);
        long rowsPerBlock = Math.Clamp(RowsPerPass / drawsPerBlock, 1, rows);

        using var moments = new PredictiveMoments(Likelihood, rows);
        for (int done = 0; done < Samples; done += drawsPerBlock)
        {
            using var draws = new PosteriorDraws(Math.Min(drawsPerBlock, Samples - done), seeded);
            for (long row = 0; row < rows; row += rowsPerBlock)
            {
                using var pass = NewDisposeScope();
                // A copy: a first child that works in place would change what later draws see.
                var block = input.narrow(0, row, Math.Min(rowsPerBlock, rows - row)).clone();
                moments.Add(_model.Sample(block, draws), row);
            }
            moments.Count(draws.Samples);
        }
        return moments.ToPredictive().MoveToOuterDisposeScope();
    }
}
