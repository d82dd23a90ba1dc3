using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>Weights of named draws, as <see cref="PosteriorDraws"/> makes them. Owns them.</summary>
internal sealed class DrawnWeights : WeightSource, IDisposable
{
    private readonly PosteriorDraws _draws;
    private readonly Pass _pass;
    private readonly ScalarType _type;

    /// <summary>Names the draws of a model.</summary>
    public DrawnWeights(nn.Module model, long seed, int count, int first)
    {
        _draws = new PosteriorDraws(seed, count, first);
        _draws.Bind(model);
        _pass = new Pass(_draws);
        // That of the values in a pass of the library, whose noise has it.
        _type = model.parameters().FirstOrDefault(parameter => parameter.is_floating_point())?.dtype ?? ScalarType.Float32;
    }

    /// <inheritdoc/>
    public override int Draws => _draws.Samples;

    /// <inheritdoc/>
    public override ModelWeight Of(WeightPosterior posterior) =>
        new(_draws.DrawWeights(_pass, posterior), HasDraws: true, posterior.Mean);

    /// <inheritdoc/>
    public override WeightSource Within(WeightSpaceModule module) => new Network(this, module.DrawWeights(_draws));

    /// <inheritdoc/>
    public override bool DropsUnits => true;

    /// <inheritdoc/>
    public override Tensor Masks(MonteCarloDropout module, long[] row) => module.Propagate(ones([1, 1, .. row], _type), _pass);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pass.Dispose();
        _draws.Dispose();
    }

    private sealed class Network(DrawnWeights whole, IReadOnlyDictionary<string, Tensor> weights) : WeightSource
    {
        public override int Draws => whole.Draws;

        public override ModelWeight Of(WeightPosterior posterior) => whole.Of(posterior);

        public override ModelWeight Of(string path, Tensor parameter) =>
            weights.TryGetValue(path, out var drawn) ? new(drawn, HasDraws: true, drawn) : base.Of(path, parameter);

        public override WeightSource Within(WeightSpaceModule module) => whole.Within(module);

        public override bool DropsUnits => true;

        public override Tensor Masks(MonteCarloDropout module, long[] row) => whole.Masks(module, row);
    }
}
