using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Conversion;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// One training step with AdamW: by hand, a loop over draws by the same method through autograd; by the library, a <see cref="VariationalStep"/>. The
/// plain network takes a step of its own.
/// </summary>
internal sealed class TrainingStepWork : Workload
{
    private const long DataSetSize = 60_000;
    private const int ComparedSteps = 5;

    private readonly Network _network;
    private readonly long _rows;
    private readonly Method _method;
    private readonly BayesianSequential _model;
    private readonly HandWrittenNetwork _byHand;
    private readonly nn.Module<Tensor, Tensor> _plain;
    private readonly optim.Optimizer _optimizer;
    private readonly optim.Optimizer _optimizerOfPlain;
    private readonly ElboLoss _loss;
    private readonly VariationalStep _step;
    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly TrainingParts _parts;

    public TrainingStepWork(Network network, long rows, Method method, Device device) : base(device)
    {
        (_network, _rows, _method) = (network, rows, method);
        random.manual_seed(8);
        _model = network.Create(device);
        _byHand = new HandWrittenNetwork(_model);
        _plain = _model.ToDeterministic();
        _optimizer = AdamW(_byHand.Parameters);
        _optimizerOfPlain = AdamW(_plain.parameters());
        _loss = new ElboLoss(network.Likelihood, DataSetSize);
        _step = new VariationalStep(_model, _loss, AdamW, method.Estimator);
        _input = network.Input(rows, device).DetachFromDisposeScope();
        _target = network.Targets(rows, device).DetachFromDisposeScope();
        _parts = new TrainingParts(_byHand, _input);
    }

    public override object PyTorch =>
        new { work = "training_step", network = _network.Name, rows = _rows, draws = _method.Estimator.Samples, method = _method.Key };

    public override void Baseline()
    {
        RunByHand();
        Synchronize();
    }

    public override void Library()
    {
        using var terms = _step.Run(_input, _target);
        Synchronize();
    }

    public override Action Plain => () =>
    {
        using var scope = NewDisposeScope();
        Take(_optimizerOfPlain, _network.NegativeLogLikelihood(_plain.call(_input), _target));
        Synchronize();
    };

    public override IReadOnlyList<Bound> Bounds => _parts.Of(_method.Estimator.Samples);

    /// <summary>
    /// From the same start, both take the same steps with one draw of the same noise. Otherwise the order of the noise or the estimator differs, and
    /// the losses are similar.
    /// </summary>
    public override void RequireAgreement()
    {
        double byHand = 0, library = 0;
        random.manual_seed(9);
        for (int i = 0; i < ComparedSteps; i++)
            byHand += RunByHand();
        random.manual_seed(9);
        for (int i = 0; i < ComparedSteps; i++)
        {
            using var terms = _step.Run(_input, _target);
            library += terms.Total.ToDouble();
        }
        RequireClose($"The loss of {ComparedSteps} steps", byHand, library, _method.HasSameNoise ? 1e-4 : 0.1);
    }

    public override void Dispose()
    {
        _parts.Dispose();
        _step.Dispose();
        _optimizer.Dispose();
        _optimizerOfPlain.Dispose();
        _plain.Dispose();
        _byHand.Dispose();
        _model.Dispose();
        _loss.Dispose();
        _input.Dispose();
        _target.Dispose();
    }

    private double RunByHand()
    {
        using var scope = NewDisposeScope();
        var loss = _byHand.KlDivergence() / DataSetSize;
        int draws = _method.Estimator.Samples;
        for (int draw = 0; draw < draws; draw++)
            loss = loss + _network.NegativeLogLikelihood(_byHand.Forward(_input, _method.ByHand), _target) / draws;
        return Take(_optimizer, loss);
    }

    private static double Take(optim.Optimizer optimizer, Tensor loss)
    {
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return loss.ToDouble();
    }

    private static optim.Optimizer AdamW(IEnumerable<TorchSharp.Modules.Parameter> parameters) =>
        optim.AdamW(parameters, lr: 1e-4, weight_decay: 0.01);
}
