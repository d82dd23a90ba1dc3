using Bayes.Layers.Training;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.utils.data;

namespace Bayes.Layers.Tests.Training;

/// <summary>Validation data from any source have the effect of their rows in two tensors.</summary>
public sealed class ValidationDataTests : TorchTest
{
    private const int Rows = 30;

    private static readonly Dictionary<string, Func<Tensor, Tensor, int, (ValidationData Data, IDisposable? Owner)>> Sources = new()
    {
        ["a loader of lists"] = (input, target, size) => DataLoader(TensorDataset(input, target), size) is var loader
            ? (ValidationData.Of(loader), loader) : default,
        ["a loader of names"] = (input, target, size) => DataLoader(new NamedRows(input, target), size) is var loader
            ? (ValidationData.Of(loader, "x", "y"), loader) : default,
        ["batches from anywhere"] = (input, target, size) => (ValidationData.Of(() => RowBatches.Of(input, target, size)), null),
        ["batches made on the way"] = (input, target, size) =>
            (ValidationData.Of(() => RowBatches.Of(input, target, size).Select(each => (each.Input.mul(1), each.Target.mul(1)))), null),
    };

    public static TheoryData<string, int> Cases => new(from source in Sources.Keys from size in new[] { 1, 7, 10, 30 } select (source, size));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_stops_where_it_does_with_tensors(string source, int size)
    {
        Tensor input = randn(Rows, 2, float64), target = input.narrow(1, 0, 1).gt(0).to(float64), against = 1 - target;
        var (expected, best) = Train((input, against));
        var (data, owner) = Sources[source](input, against, size);
        using (owner)
        {
            var (found, foundBest) = Train(data);
            found.End.Should().Be(TrainingEnd.EarlyStopping);
            foundBest.Should().Be(best);
            found.Epochs.Should().HaveSameCount(expected.Epochs);
            foreach (var (one, other) in found.Epochs.Zip(expected.Epochs))
            {
                one.Loss.Should().Be(other.Loss);
                one.ValidationLogDensity.Should().BeApproximately(other.ValidationLogDensity!.Value, 1e-12);
            }
        }

        (TrainingHistory, string) Train(ValidationData? validation)
        {
            random.manual_seed(4);
            using var model = new BayesianSequential(new BayesianLinear(2, 4, dtype: float64), Tanh(), new BayesianLinear(4, 1, dtype: float64));
            using var loss = ElboLoss.Bernoulli(Rows);
            long before = LiveTensors();
            var history = new VariationalTrainer(model, loss,
                new() { Epochs = 30, BatchSize = 10, LearningRate = 0.05, Patience = 3, ValidationSamples = 8 }).Fit(input, target, validation);
            foreach (var parameter in model.parameters())
                parameter.grad = null;
            LiveTensors().Should().Be(before);
            return (history, Reliability.Bits.Of(model));
        }
    }

    [Fact]
    public void Invalid_rows_are_refused_with_their_numbers()
    {
        using var model = new BayesianLinear(2, 1);
        using var loss = ElboLoss.Bernoulli(Rows);
        Tensor input = randn(Rows, 2), target = zeros(Rows, 1), bad = input.clone();
        bad[13, 1] = float.NaN;
        var trainer = new VariationalTrainer(model, loss, new() { ValidationSamples = 2 });
        trainer.Invoking(t => t.Fit(input, target, (bad, target))).Should().Throw<ArgumentException>()
            .WithMessage("The validation data cannot be judged: row 13 of the input is not finite*");
        trainer.Invoking(t => t.Fit(input, target, ValidationData.Of(() => RowBatches.Of(bad, target, 10)))).Should()
            .Throw<InvalidOperationException>()
            .WithMessage("Batch 2 of the validation data cannot be judged: row 3 of the input is not finite.");
        trainer.Invoking(t => t.Fit(input, target, ValidationData.Of(() => []))).Should().Throw<InvalidOperationException>()
            .WithMessage("The validation data have 0 batches*");
        trainer.Invoking(t => t.Fit(input, target, (input, target.narrow(0, 0, 3)))).Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [3, 1]*");
    }

    [Fact]
    public void Null_means_no_validation()
    {
        (Tensor, Tensor)? none = null;
        ValidationData? data = none;
        data.Should().BeNull();
    }
}
