using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>
/// Passes, predictions and steps that end early, when and how a seed chooses: the network is as it was, to the bit, and no tensor is left.
/// </summary>
public sealed class WeightSpaceFaultsTests : TorchTest
{
    private const int Faults = 1_000, Rows = 6, Draws = 5;

    private static readonly GaussianLikelihood Likelihood = new(0.5);

    private static readonly string[] Ways =
        ["draws", "named draws", "divergence", "prediction", "cancelled prediction", "step", "joined step", "target of a step", "width of a step",
            "training", "cancelled training", "copy"];

    [Fact]
    public void The_network_is_as_before_and_no_tensor_is_left()
    {
        Given[] all = [new(isLast: false), new(isLast: true)];
        Given[] copied = [new(isLast: false, copies: true), new(isLast: true, copies: true)];
        var ended = new Dictionary<string, int>();
        for (int seed = 0; seed < Faults; seed++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(seed);
            string way = Ways[random.Next(Ways.Length)];
            // With a function that copies the network, a prediction keeps instances for its threads.
            var given = (way == "copy" ? copied : all)[random.Next(2)];
            bool training = random.Next(2) == 0;
            given.Network.train(training);
            given.Model.train(training);
            given.Network.norm.eval();
            given.Network.first.weight!.requires_grad = random.Next(2) == 0;
            string name = $"fault {seed}: {way}, last layer only: {given.Model.LastLayerPath}, training: {training}", before = State(given.Model);
            long live = LiveTensors();
            RunInto(way, given, random);
            given.Failing.FailsAt = 0;
            LiveTensors().Should().Be(live, name);
            State(given.Model).Should().Be(before, name);
            is_grad_enabled().Should().BeTrue(name);
            ended[way] = ended.GetValueOrDefault(way) + 1;
        }
        ended.Keys.Should().BeEquivalentTo(Ways);
        ended.Values.Should().OnlyContain(count => count > 50);
        foreach (var given in all)
            given.Failing.Calls.Should().BeGreaterThan(200);
    }

    private static void RunInto(string way, Given given, Random random)
    {
        using var scope = NewDisposeScope();
        using var source = new CancellationTokenSource();
        Func<Exception> fault = random.Next(3) switch
        {
            0 => () => new OutOfMemoryException("on purpose"),
            1 => () => new NotSupportedException("on purpose"),
            _ => () => new OperationCanceledException("on purpose"),
        };
        var model = given.Model;
        Tensor input = given.Input.alias(), target = given.Target.alias();
        // One of the calls of the trial, or of the draws. A front runs once.
        FailsIn(1 + random.Next(given.Model.LastLayerPath is null ? Draws : 1));
        Action act = way switch
        {
            "draws" => () => model.Sample(input, random.Next(2) == 0 ? new Reparameterization(Draws) : new Reparameterization(6, antithetic: true)),
            "named draws" => () =>
            {
                using var draws = new PosteriorDraws(seed: 1, count: Draws);
                model.Sample(input, draws);
            },
            "divergence" => () => model.SampleWithKl(input, new Reparameterization(Draws)),
            "prediction" => () => Predictor().Predict(input, target, keepSamples: random.Next(2) == 0),
            "cancelled prediction" => CancelledPrediction,
            "step" => () => Step().Run(input, target),
            "joined step" => () => Step().ComputeGradients([(input, target), (input, target)]),
            "target of a step" => OtherTarget,
            "width of a step" => () => Step().Run(cat([input, input], 1), target),
            "training" => () => Trainer().Fit(input, target),
            "cancelled training" => CancelledTraining,
            _ => () => model.ToDeterministic(seed: 1, draw: 2),
        };
        if (way == "copy")
            given.CopyFault = fault;
        // A hook of a user's optimizer or batch source is the trainer's own matter, which FaultyTrainingsTests tries.
        string message = act.Should().Throw<Exception>(way).Which.Message;
        message.Should().NotContain("\n", way);
        given.CopyFault = null;

        void FailsIn(int calls) => (given.Failing.Fault, given.Failing.FailsAt) = (fault, given.Failing.Calls + calls);

        MonteCarloPredictive Predictor() => new(model, Likelihood, Draws, seed: 3);

        VariationalStep Step()
        {
            given.Step?.Dispose();
            return given.Step = new VariationalStep(model, given.Loss, parameters => optim.SGD(parameters, 0.1), new Reparameterization(Draws));
        }

        VariationalTrainer Trainer() => new(model, given.Loss, new()
        {
            Epochs = 1, BatchSize = Rows, LearningRate = 0.1, Estimator = new Reparameterization(Draws),
        });

        void CancelledPrediction()
        {
            given.Failing.FailsAt = 0;
            if (random.Next(2) == 0)
                source.Cancel();
            Predictor().Predict(input, progress: new Told<PredictiveProgress>(_ => source.Cancel()), cancellationToken: source.Token);
            // There may have been no block after the cancellation.
            source.Token.ThrowIfCancellationRequested();
        }

        void CancelledTraining()
        {
            given.Failing.FailsAt = 0;
            source.Cancel();
            Trainer().Fit(input, target, cancellationToken: source.Token);
            throw new OperationCanceledException("A cancelled training returns.");
        }

        void OtherTarget()
        {
            given.Failing.FailsAt = 0;
            Step().Run(input, random.Next(2) == 0 ? target.add(double.NaN) : cat([target, target], 1));
        }
    }

    /// <summary>All numbers, modes, permissions and gradients.</summary>
    private static string State(nn.Module model) => string.Join(
        " ", Bits.Of(model), string.Concat(model.modules().Prepend(model).Select(module => module.training ? "t" : "e")),
        string.Concat(model.parameters().Select(parameter => parameter.requires_grad ? "g" : "f")),
        string.Concat(model.parameters().Select(parameter => parameter.is_leaf ? "l" : "n")));

    /// <summary>A model with parameters that managed and that native code reads, with its data.</summary>
    private sealed class Given
    {
        public Given(bool isLast, bool copies = false)
        {
            Network = new Mixed(Failing);
            Model = (WeightSpaceModule)Network.ToBayesian(new BayesianConversion
            {
                LastLayerOnly = isLast,
                Copy = copies ? () => CopyFault is { } fault ? throw fault() : new Mixed(new FailingModule()) : null,
            });
            Model.train(false);
            using var noGrad = no_grad();
            // The trials are over, for some of the cases; others begin with them.
            if (isLast)
                Model.Sample(Input, 2);
        }

        public FailingModule Failing { get; } = new();

        public Mixed Network { get; }

        public WeightSpaceModule Model { get; }

        public Func<Exception>? CopyFault { get; set; }

        public VariationalStep? Step { get; set; }

        public ElboLoss Loss { get; } = new(Likelihood, Rows);

        public Tensor Input { get; } = Normal(Rows, 3);

        public Tensor Target { get; } = Normal(Rows, 2);
    }

    private sealed class Mixed : Module<Tensor, Tensor>
    {
        public readonly Linear first = Linear(3, 4, dtype: float64);
        public readonly BatchNorm1d norm = BatchNorm1d(4, dtype: float64);
        public readonly GRU gru = GRU(4, 3, batchFirst: true, dtype: float64);
        public readonly Module<Tensor, Tensor> failing;
        public readonly Linear last = Linear(3, 2, dtype: float64);

        public Mixed(FailingModule failing) : base(nameof(Mixed))
        {
            this.failing = failing;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var hidden = norm.call(first.call(input));
            var (states, _) = gru.call(hidden.unsqueeze(1));
            return last.call(failing.call(states.squeeze(1))).MoveToOuterDisposeScope();
        }
    }
}
