using Bayes.Layers.Estimators;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>
/// A forward and backward pass over sequences for S draws: a loop that copies each draw's weights into TorchSharp's layer, and this library's call.
/// </summary>
public class RecurrentTraining
{
    private const long Batch = 32;
    private const long Steps = 50;
    private const long Features = 16;
    private const long Hidden = 64;

    private BayesianRecurrent _layer = null!;
    private nn.Module _plain = null!;
    private Func<Tensor> _callPlain = null!;
    private BayesianLinear[] _weights = null!;
    private Tensor _input = null!;

    [Params("LSTM", "GRU")]
    public string Cell { get; set; } = "";

    [Params(1, 4)]
    public int Draws { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(8);
        _input = randn(Batch, Steps, Features);
        if (Cell == "LSTM")
        {
            var plain = nn.LSTM(Features, Hidden, batchFirst: true);
            (_layer, _plain, _callPlain) = (new BayesianLSTM(Features, Hidden), plain, () => plain.call(_input).Item1);
        }
        else
        {
            var plain = nn.GRU(Features, Hidden, batchFirst: true);
            (_layer, _plain, _callPlain) = (new BayesianGRU(Features, Hidden), plain, () => plain.call(_input).Item1);
        }
        _weights = [.. _layer.children().Cast<BayesianLinear>()];
        RequireAgreement();
    }

    [Benchmark(Baseline = true)]
    public void LoopOverDraws()
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in _plain.parameters())
            parameter.grad = null;
        for (int draw = 0; draw < Draws; draw++)
        {
            using var pass = NewDisposeScope();
            CopyWeights(draws: true);
            _callPlain().mean().backward();
        }
    }

    [Benchmark]
    public void Sample()
    {
        using var scope = NewDisposeScope();
        _layer.zero_grad();
        _layer.Sample(_input, Draws).mean().backward();
    }

    private void CopyWeights(bool draws)
    {
        using var noGrad = no_grad();
        var posteriors = _weights.Select(layer => layer.WeightPosterior).Concat(_weights.Select(layer => layer.BiasPosterior!));
        foreach (var (parameter, posterior) in _plain.parameters().Zip(posteriors))
            parameter.copy_(draws ? posterior.Draw(Numerics.TorchNoise.Global) : posterior.Mean);
    }

    /// <summary>Checks the timed work: with the posterior mean both are the same network.</summary>
    private void RequireAgreement()
    {
        using var scope = NewDisposeScope();
        CopyWeights(draws: false);
        if (!_layer.Sample(_input, PosteriorMean.Instance).squeeze(0).allclose(_callPlain(), 1e-4, 1e-5))
            throw new InvalidOperationException($"{_layer.GetName()} is not PyTorch's own.");
    }
}
