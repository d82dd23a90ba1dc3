using Bayes.Layers.Benchmarks.HandWritten;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>KL(q ‖ p) of a model with many weights, alone or with its gradient.</summary>
internal sealed class DivergenceWork : Workload
{
    private readonly Network _network;
    private readonly bool _withGradient;
    private readonly BayesianSequential _model;
    private readonly HandWrittenNetwork _byHand;

    public DivergenceWork(Network network, bool withGradient, Device device) : base(device)
    {
        (_network, _withGradient) = (network, withGradient);
        random.manual_seed(8);
        _model = network.Create(device);
        _byHand = new HandWrittenNetwork(_model);
    }

    public override object PyTorch => new { work = "divergence", network = _network.Name, gradient = _withGradient };

    public override void Baseline() => Compute(_byHand.KlDivergence, _byHand.Parameters);

    public override void Library() => Compute(_model.KlDivergence, _model.parameters());

    /// <summary>The bound: reading every parameter once.</summary>
    public override IReadOnlyList<Bound> Bounds =>
    [
        new("reading the parameters", () =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            foreach (var parameter in _byHand.Parameters)
                parameter.sum();
            Synchronize();
        }),
    ];

    public override void RequireAgreement()
    {
        double byHand = Compute(_byHand.KlDivergence, _byHand.Parameters), library = Compute(_model.KlDivergence, _model.parameters());
        RequireClose("The KL divergence", byHand, library, 1e-4);
    }

    public override void Dispose()
    {
        _byHand.Dispose();
        _model.Dispose();
    }

    private double Compute(Func<Tensor> divergence, IEnumerable<TorchSharp.Modules.Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var mode = set_grad_enabled(_withGradient);
        var value = divergence();
        if (_withGradient)
        {
            value.backward();
            foreach (var parameter in parameters)
                parameter.grad = null;
        }
        return value.ToDouble();
    }
}
