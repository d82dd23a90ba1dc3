using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>
/// Predictions that end early, when and how a seed chooses: the model is unchanged, no tensor is left, and the next prediction is the same.
/// </summary>
public sealed class FaultyPredictionsTests : TorchTest
{
    private const int Schedules = 300, Draws = 40;

    // Blocks of few rows and draws give many points of interruption.
    private static readonly MemoryBudget Small = MemoryBudget.FromMebibytes(1);
    private static readonly CategoricalLikelihood Classes = new();
    private static readonly string[] Ways =
        ["cancellation", "progress that throws", "a module that throws", "an input of another width", "a target out of range", "a disposed input"];

    [Fact]
    public void The_model_is_unchanged_and_no_tensor_is_left()
    {
        var ended = new Dictionary<string, int>();
        int threads = get_num_threads();
        FailingModule none = new(), failing = new();
        Predicted[] models =
        [
            new(new BayesianSequential(new BayesianLinear(6, 9), Tanh(), new BayesianLinear(9, 3)), none, randn(6_000, 6),
                randint(0, 3, [6_000], int64)),
            new(new BayesianSequential(new BayesianLinear(6, 9), failing, BatchNorm1d(9), new MonteCarloDropout(0.2), new BayesianLinear(9, 3)),
                failing, randn(250, 6), randint(0, 3, [250], int64)),
        ];
        double[][] expected = [.. models.Select(each => Values(Predict(each)))];
        int[] blocks = [.. models.Select(each => Told(each))];
        blocks.Should().OnlyContain(count => count > 3, "there is something to be interrupted");
        try
        {
            for (int seed = 0; seed < Schedules; seed++)
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                string way = Ways[random.Next(Ways.Length)];
                int which = way == "a module that throws" ? 1 : random.Next(2);
                var given = models[which];
                var model = given.Model;
                set_num_threads(which == 0 ? 1 + random.Next(2) : 1);
                bool training = random.Next(2) == 0, keepsSamples = random.Next(2) == 0;
                model.train(training);
                string state = Bits.Of(model), name = $"schedule {seed}: {way}, model {which}";
                long before = LiveTensors();
                RunInto(way, given, blocks[which], random, keepsSamples);
                LiveTensors().Should().Be(before, name);
                Bits.Of(model).Should().Be(state, name);
                model.modules().Prepend(model).Should().OnlyContain(module => module.training == training, name);
                is_grad_enabled().Should().BeTrue(name);
                set_num_threads(threads);
                Values(Predict(given)).Should().Equal(expected[which], name);
                ended[way] = ended.GetValueOrDefault(way) + 1;
            }
        }
        finally
        {
            set_num_threads(threads);
        }
        ended.Keys.Should().BeEquivalentTo(Ways);
        ended.Values.Should().OnlyContain(count => count > 20);

        static Tensor Predict(Predicted given)
        {
            using var prediction = Predictor(given).Predict(given.Input);
            return prediction.Mean.clone();
        }

        static int Told(Predicted given)
        {
            int told = 0;
            Predictor(given).Predict(given.Input, progress: new Told<PredictiveProgress>(_ => told++)).Dispose();
            return told;
        }

        static MonteCarloPredictive Predictor(Predicted given) => new(given.Model, Classes, Draws, seed: 3, budget: Small);

        static void RunInto(string way, Predicted all, int blocks, Random random, bool keepsSamples)
        {
            using var source = new CancellationTokenSource();
            using var scope = NewDisposeScope();
            Func<Exception> fault = random.Next(2) == 0 ? () => new OutOfMemoryException("on purpose")
                : () => new NotSupportedException("on purpose");
            int at = random.Next(blocks), told = 0;
            Tensor input = all.Input, target = all.Target;
            IProgress<PredictiveProgress>? progress = null;
            switch (way)
            {
                case "cancellation":
                    if (at == 0)
                        source.Cancel();
                    progress = new Told<PredictiveProgress>(_ => { if (++told == at) source.Cancel(); });
                    break;
                case "progress that throws":
                    progress = new Told<PredictiveProgress>(_ => { if (told++ == at) throw fault(); });
                    break;
                case "a module that throws":
                    (all.Failing.Fault, all.Failing.FailsAt) = (fault, all.Failing.Calls + 1 + at);
                    break;
                case "an input of another width":
                    input = cat([input, input], 1);
                    break;
                case "a target out of range":
                    target = target.add(random.Next(2) == 0 ? 3 : -3);
                    break;
                default:
                    input = input.clone();
                    input.Dispose();
                    break;
            }
            var act = () => Predictor(all).Predict(input, target, keepsSamples, progress: progress, cancellationToken: source.Token);
            string message = act.Should().Throw<Exception>(way).Which.Message;
            message.Should().NotContain("\n");
            all.Failing.FailsAt = 0;
        }
    }

    private sealed record Predicted(BayesianSequential Model, FailingModule Failing, Tensor Input, Tensor Target);
}
