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
/// Draws are made in blocks of as many as keep a pass within about a million rows, and only running moments are kept: memory
/// does not grow with S. No gradient is recorded, and the model is in evaluation mode for the time of the call.
/// Holds the model as its child <c>model</c>; disposing it disposes the model, as TorchSharp's own containers do.
/// </remarks>
public sealed class MonteCarloPredictive : nn.Module<Tensor, Predictive>
{
    private const long RowsPerPass = 1 << 20;

    // Named as its key, so that TorchSharp does not register the field a second time.
    [ComponentName(Name = "model")]
    private readonly BayesianModule _model;
    private readonly long? _seed;

    /// <summary>A predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="likelihood">p(y | f): that of the loss the model was trained with.</param>
    /// <param name="samples">S, the number of draws; at least 1, and at least 2 for an epistemic standard deviation.</param>
    /// <param name="seed">
    /// With a seed every call makes the same draws for inputs of the same number, and torch's global generators are left
    /// alone; without, draws follow the global generators.
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
        using var noGrad = no_grad();
        using var evaluation = new EvaluationMode(_model);
        using var seeded = _seed is { } seed ? new TorchNoise(seed) : null;
        using var moments = new PredictiveMoments(Likelihood);
        using var scope = NewDisposeScope();

        long batch = input.ndim > 0 ? Math.Max(input.shape[0], 1) : 1;
        int block = (int)Math.Clamp(RowsPerPass / batch, 1, Samples);
        var dtype = input.dtype;
        for (int done = 0; done < Samples; done += block)
        {
            using var pass = NewDisposeScope();
            var outputs = _model.Sample(input, new Reparameterization(Math.Min(block, Samples - done), seeded));
            dtype = outputs.dtype;
            moments.Add(outputs);
        }
        return moments.ToPredictive(dtype).MoveToOuterDisposeScope();
    }
}
