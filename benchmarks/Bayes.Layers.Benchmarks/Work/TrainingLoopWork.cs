using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Estimators;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// The experiment's training: one row per step, one draw, AdamW. By hand it is the notebook's loop; by the library, <see cref="VariationalTrainer"/>
/// with all its checks.
/// </summary>
internal sealed class TrainingLoopWork : Workload
{
    private const int Rows = 284;
    private const int Epochs = 4;
    private const double LearningRate = 1e-2;
    private const double WeightDecay = 0.01;
    private const int ComparedSteps = 20;

    private readonly Network _network = Network.Experiment;
    private readonly BayesianSequential _model;
    private readonly HandWrittenNetwork _byHand;
    private readonly optim.Optimizer _optimizer;
    private readonly ElboLoss _loss;
    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly Tensor _row;
    private readonly TrainingParts _parts;

    public TrainingLoopWork(Device device) : base(device)
    {
        random.manual_seed(8);
        _model = _network.Create(device);
        _byHand = new HandWrittenNetwork(_model);
        _optimizer = AdamW(_byHand.Parameters);
        _loss = new ElboLoss(_network.Likelihood, Rows);
        _input = _network.Input(Rows, device).DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        // The side of a line with noise: the classes overlap, like those of the experiment.
        _target = (_input.sum(1, keepdim: true) + randn(Rows, 1, device: device)).gt(0).to(float32).DetachFromDisposeScope();
        _row = _input.narrow(0, 0, 1).DetachFromDisposeScope();
        _parts = new TrainingParts(_byHand, _row);
    }

    public override int Units => Epochs * Rows;

    public override object PyTorch => new { work = "training_loop", network = _network.Name, rows = Rows, steps = Units };

    public override void Baseline()
    {
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            using var shuffled = randperm(Rows).DetachFromDisposeScope();
            foreach (long row in shuffled.data<long>().ToArray())
                StepByHand(row);
        }
        Synchronize();
    }

    public override void Library()
    {
        new VariationalTrainer(_model, _loss, new VariationalTrainerOptions
        {
            Epochs = Epochs,
            BatchSize = 1,
            LearningRate = LearningRate,
            CreateOptimizer = (parameters, _) => AdamW(parameters),
            Estimator = new Reparameterization(),
            KlSchedule = new ConstantKl(),
        }).Fit(_input, _target);
        Synchronize();
    }

    public override IReadOnlyList<Bound> Bounds => _parts.Of(Units);

    /// <summary>From the same start and noise both reach the same parameters.</summary>
    public override void RequireAgreement()
    {
        random.manual_seed(9);
        for (int row = 0; row < ComparedSteps; row++)
            StepByHand(row);
        random.manual_seed(9);
        using (var step = new VariationalStep(_model, _loss, AdamW, new Reparameterization()))
        {
            for (int row = 0; row < ComparedSteps; row++)
            {
                using var scope = NewDisposeScope();
                step.Run(_input.narrow(0, row, 1), _target.narrow(0, row, 1));
            }
        }
        using var compared = NewDisposeScope();
        foreach (var (byHand, library) in _byHand.Parameters.Zip(_model.parameters()))
            if (!byHand.allclose(library, 1e-3, 1e-4))
                throw new InvalidOperationException(
                    $"After {ComparedSteps} steps from one start the library's parameters are not those of the loop by hand.");
    }

    public override void Dispose()
    {
        _parts.Dispose();
        _row.Dispose();
        _optimizer.Dispose();
        _byHand.Dispose();
        _model.Dispose();
        _loss.Dispose();
        _input.Dispose();
        _target.Dispose();
    }

    private void StepByHand(long row)
    {
        using var scope = NewDisposeScope();
        var output = _byHand.Forward(_input.narrow(0, row, 1));
        var loss = _network.NegativeLogLikelihood(output, _target.narrow(0, row, 1)) + _byHand.KlDivergence() / Rows;
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
    }

    private static optim.Optimizer AdamW(IEnumerable<TorchSharp.Modules.Parameter> parameters) =>
        optim.AdamW(parameters, lr: LearningRate, weight_decay: WeightDecay);
}
