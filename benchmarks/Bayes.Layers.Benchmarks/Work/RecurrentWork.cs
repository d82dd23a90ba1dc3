using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// Passes of a recurrent layer over a batch of sequences: by hand, a loop that copies each draw's weights into TorchSharp's layer; by the library,
/// one call; by the plain layer, as many passes.
/// </summary>
internal sealed class RecurrentWork : Workload
{
    private const long Rows = 32;
    private const long Steps = 48;

    private readonly RecurrentUse _use;
    private readonly BayesianRecurrent _layer;
    private readonly HandWrittenRecurrent _byHand;
    private readonly nn.Module _plain;
    private readonly Func<Tensor, Tensor> _callPlain;
    private readonly Tensor _input;

    /// <summary>Creates the work.</summary>
    /// <param name="create">Makes the layer.</param>
    /// <param name="use">What it is timed with.</param>
    /// <param name="device">The device.</param>
    public RecurrentWork(Func<Device, BayesianRecurrent> create, RecurrentUse use, Device device) : base(device)
    {
        _use = use;
        random.manual_seed(8);
        _layer = create(device);
        _byHand = new HandWrittenRecurrent(_layer, device);
        (_plain, _callPlain) = HandWrittenRecurrent.Plain(_layer, device);
        _input = randn([Rows, Steps, _layer.InputSize], device: device).DetachFromDisposeScope();
    }

    public override object PyTorch => new
    {
        work = "recurrent", cell = _layer is BayesianLSTM ? "lstm" : "gru", inputs = _layer.InputSize, hidden = _layer.HiddenSize, rows = Rows,
        steps = Steps, draws = _use.Draws, gradient = _use.WithGradient,
    };

    public override void Baseline()
    {
        if (_use.WithGradient)
            _byHand.Backward(_input, _use.Draws);
        else
            WithoutGradient(() => stack([.. Enumerable.Range(0, _use.Draws).Select(_ => _byHand.Forward(_input))]));
        Synchronize();
    }

    public override void Library()
    {
        if (_use.WithGradient)
            Backward(_layer, () => _layer.Sample(_input, _use.Draws));
        else
            WithoutGradient(() => _layer.Sample(_input, _use.Draws));
        Synchronize();
    }

    public override Action Plain => () =>
    {
        for (int draw = 0; draw < _use.Draws; draw++)
        {
            if (_use.WithGradient)
                Backward(_plain, () => _callPlain(_input));
            else
                WithoutGradient(() => _callPlain(_input));
        }
        Synchronize();
    };

    /// <summary>Both are the same network at the posterior mean, with about the same gradient.</summary>
    public override void RequireAgreement()
    {
        using var scope = NewDisposeScope();
        // Without recorded gradients, libtorch's LSTM is wrong on some processors (docs/decisions/0054).
        using (enable_grad())
        {
            if (!_layer.Sample(_input, PosteriorMean.Instance).squeeze(0).allclose(_byHand.ForwardMean(_input), 1e-4, 1e-5))
                throw new InvalidOperationException($"At the posterior's mean {_layer.GetName()} is not TorchSharp's own layer.");
        }
        if (!_use.WithGradient)
            return;
        Baseline();
        Library();
        var means = _layer.named_parameters().Where(each => each.name.EndsWith("_mu", StringComparison.Ordinal));
        RequireClose(
            "The norm of the means' gradient", Norm(_byHand.GradientsOfMeans), Norm(means.Select(each => each.parameter.grad!)), 0.5);
    }

    public override void Dispose()
    {
        _input.Dispose();
        _byHand.Dispose();
        _plain.Dispose();
        _layer.Dispose();
    }

    private static void Backward(nn.Module module, Func<Tensor> pass)
    {
        using var scope = NewDisposeScope();
        module.zero_grad();
        pass().mean().backward();
    }

    private static void WithoutGradient(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        compute();
    }

    private static double Norm(IEnumerable<Tensor> gradients) => Math.Sqrt(gradients.Sum(gradient => (gradient * gradient).sum().ToDouble()));
}
