using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>
/// Trainings that end early, when and how a seed chooses: the model has taken whole steps, no tensor is left, and it can be trained further.
/// </summary>
public sealed class FaultyTrainingsTests : TorchTest
{
    private const int Schedules = 400, Rows = 12, BatchSize = 4, Batches = Rows / BatchSize, Epochs = 3, Steps = Batches * Epochs;

    private static readonly string[] Ways =
        ["cancellation", "batches that throw", "progress that throws", "a schedule that throws", "a learning-rate schedule that throws",
            "a batch of another width", "a disposed batch", "a target out of range", "a module that throws"];

    private static readonly Estimator?[] Estimators = [null, new Reparameterization(2), new LocalReparameterization(), new Flipout()];

    private enum Kind { Small, Ordinary, BatchStatistics, Learned }

    [Fact]
    public void The_model_has_taken_whole_steps_and_no_tensor_is_left()
    {
        var ended = new Dictionary<string, int>();
        var wholes = new Dictionary<(Kind, Estimator?), List<string>>();
        for (int seed = 0; seed < Schedules; seed++)
        {
            var random = new Random(seed);
            string way = Ways[random.Next(Ways.Length)];
            var kind = way == "a module that throws" ? (Kind)random.Next(1, 4) : (Kind)random.Next(4);
            var estimator = kind == Kind.Small ? null : Estimators[random.Next(Estimators.Length)];
            int at = random.Next(Steps);
            string name = $"schedule {seed}: {way} at step {at}, {kind}, {estimator}";
            using var scope = NewDisposeScope();

            if (!wholes.TryGetValue((kind, estimator), out var expected))
                wholes.Add((kind, estimator), expected = Whole(kind, estimator));
            long before = LiveTensors();
            using (var faulty = new Attempt(kind, estimator))
            {
                bool training = random.Next(2) == 0;
                faulty.Model.train(training);
                int made = faulty.RunInto(way, at, random);
                expected.IndexOf(faulty.State()).Should().Be(made, name);
                faulty.Model.modules().Prepend(faulty.Model).Should().OnlyContain(module => module.training == training, name);
                is_grad_enabled().Should().BeTrue(name);
                faulty.Model.Invoking(_ => faulty.Run(_ => { })).Should().NotThrow(name);
            }
            LiveTensors().Should().Be(before, name);
            ended[way] = ended.GetValueOrDefault(way) + 1;
        }
        ended.Keys.Should().BeEquivalentTo(Ways);
        ended.Values.Should().OnlyContain(count => count > 20);
    }

    /// <summary>Returns the states before each step of an uninterrupted training, and the final state.</summary>
    private static List<string> Whole(Kind kind, Estimator? estimator)
    {
        List<string> states = [];
        using var attempt = new Attempt(kind, estimator);
        attempt.Run(_ => states.Add(attempt.State()));
        states.Add(attempt.State());
        states.Distinct().Should().HaveCount(Steps + 1, "every step of {0} changes something", kind);
        return states;
    }

    /// <summary>A model and its data, the same for each instance.</summary>
    private sealed class Attempt : IDisposable
    {
        private readonly FailingModule _failing = new();
        private readonly ElboLoss _loss;
        private readonly Tensor _input;
        private readonly Tensor _target;
        private readonly VariationalTrainerOptions _options;

        public Attempt(Kind kind, Estimator? estimator)
        {
            random.manual_seed(5);
            _input = randn(Rows, 2);
            _target = randint(0, 2, [Rows, 1], float32);
            Model = kind switch
            {
                Kind.Small => new BayesianSequential(new BayesianLinear(2, 3), Tanh(), new BayesianLinear(3, 1)),
                Kind.BatchStatistics => new BayesianSequential(new BayesianLinear(2, 3), BatchNorm1d(3), _failing, new BayesianLinear(3, 1)),
                _ => new BayesianSequential(new BayesianLinear(2, 3), _failing, Tanh(), new BayesianLinear(3, 1)),
            };
            _loss = kind == Kind.Learned ? new ElboLoss(GaussianLikelihood.Learned(0.5), Rows) : ElboLoss.Bernoulli(Rows);
            // The steps of the small network are managed; the schedule that throws also has a factor of 1.
            _options = new VariationalTrainerOptions
            {
                Epochs = Epochs, LearningRate = 0.05, Estimator = kind == Kind.Small ? new Reparameterization() : estimator,
                KlSchedule = new ConstantKl(),
            };
        }

        public BayesianSequential Model { get; }

        public string State() => Bits.Of(Model, _loss);

        /// <summary>Trains, with a callback before each step.</summary>
        public void Run(Action<int> beforeStep)
        {
            int step = 0;
            random.manual_seed(6);
            new VariationalTrainer(Model, _loss, _options).Fit(() => Given(() => beforeStep(step++)), Batches);
        }

        /// <summary>Trains until a fault.</summary>
        /// <returns>The number of steps.</returns>
        public int RunInto(string way, int at, Random random)
        {
            int step = 0, made = at;
            using var source = new CancellationTokenSource();
            var options = _options;
            IProgress<TrainingProgress>? progress = null;
            Func<Exception> fault = random.Next(2) == 0 ? () => new OutOfMemoryException("on purpose")
                : () => new NotSupportedException("on purpose");
            Action beforeStep = () => { };
            Func<Tensor, Tensor> input = given => given, target = given => given;
            switch (way)
            {
                case "cancellation":
                    beforeStep = source.Cancel;
                    break;
                case "batches that throw":
                    beforeStep = () => throw fault();
                    break;
                case "progress that throws":
                    int epoch = at / Batches + 1;
                    made = epoch * Batches;
                    progress = new Told<TrainingProgress>(told => { if (told.Epoch.Number == epoch) throw fault(); });
                    break;
                case "a schedule that throws":
                    options = options with { KlSchedule = new FailingKl(at, fault) };
                    break;
                case "a learning-rate schedule that throws":
                    // The schedule is called after the step.
                    made = at + 1;
                    int asked = 0;
                    options = options with { ScheduleEveryStep = true,
                        CreateScheduler = optimizer => optim.lr_scheduler.LambdaLR(optimizer, _ => asked++ > at ? throw fault() : 1) };
                    break;
                case "a batch of another width":
                    input = given => cat([given, given], 1);
                    break;
                case "a disposed batch":
                    input = given => { given.Dispose(); return given; };
                    break;
                case "a target out of range":
                    target = given => given.add(float.NaN);
                    break;
                default:
                    beforeStep = () => (_failing.Fault, _failing.FailsAt) = (fault, _failing.Calls + 1);
                    break;
            }

            torch.random.manual_seed(6);
            var trainer = new VariationalTrainer(Model, _loss, options);
            bool ended = false;
            try
            {
                ended = trainer.Fit(Faulty, Batches, progress: progress, cancellationToken: source.Token).End == TrainingEnd.Cancelled;
            }
            catch (Exception exception) when (exception is OutOfMemoryException or NotSupportedException or ArgumentException
                or ObjectDisposedException or InvalidOperationException)
            {
                exception.Message.Should().NotContain("\n");
                ended = true;
            }
            ended.Should().BeTrue("{0} ends a training", way);
            _failing.FailsAt = 0;
            return made;

            IEnumerable<(Tensor, Tensor)> Faulty()
            {
                foreach (var (batchInput, batchTarget) in Given(() => { }))
                {
                    bool isNow = step++ == at;
                    if (isNow)
                        beforeStep();
                    yield return isNow ? (input(batchInput), target(batchTarget)) : (batchInput, batchTarget);
                }
            }
        }

        public void Dispose()
        {
            Model.Dispose();
            _loss.Dispose();
            _failing.Dispose();
            _input.Dispose();
            _target.Dispose();
        }

        private IEnumerable<(Tensor, Tensor)> Given(Action beforeStep)
        {
            for (int row = 0; row < Rows; row += BatchSize)
            {
                beforeStep();
                yield return (_input.narrow(0, row, BatchSize), _target.narrow(0, row, BatchSize));
            }
        }
    }

    private sealed class FailingKl(int at, Func<Exception> fault) : KlSchedule
    {
        public override double Factor(TrainingPosition position) => position.Step == at ? throw fault() : 1;

        public override string ToString() => nameof(FailingKl);
    }
}
