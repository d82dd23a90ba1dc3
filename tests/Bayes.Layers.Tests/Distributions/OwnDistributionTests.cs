using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>A custom distribution: random lines, without a module.</summary>
public sealed class OwnDistributionTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create() => new Lines();

    protected override FunctionDistribution WithOtherParameters(FunctionDistribution distribution) => new Lines { Scale = 2 };

    [Theory]
    [InlineData("rows", "*returned shape*")]
    [InlineData("draws", "*returned shape*")]
    [InlineData("mixed", "A function of Lines mixes the rows of a batch*")]
    public void A_wrong_output_is_refused(string fault, string message) =>
        new MonteCarloPredictive(new Lines { Fault = fault }, new GaussianLikelihood(1), 3, seed: 1).Invoking(each => each.forward(Input)).Should()
            .Throw<InvalidOperationException>().WithMessage(message);

    [Fact]
    public void A_distribution_without_a_module_cannot_be_saved_and_has_no_fingerprint()
    {
        FluentActions.Invoking(() => Bayes.Layers.Checkpoints.Checkpoint.Save(new Lines(), "file")).Should().Throw<ArgumentException>()
            .WithMessage("Lines has no module*");
        new Nameless().Invoking(each => each.Fingerprint()).Should().Throw<InvalidOperationException>().WithMessage("*override Fingerprint*");
    }

    private sealed class Lines : FunctionDistribution
    {
        public double Scale { get; init; } = 1;

        public string? Fault { get; init; }

        public override bool AllowsThreads => true;

        public override ulong Fingerprint() => BitConverter.DoubleToUInt64Bits(Scale);

        protected override FunctionDraws DrawNamed(long seed, int count, int first)
        {
            double[] slopes = [.. Enumerable.Range(first, count).Select(draw => Scale * new Random(HashCode.Combine(seed, draw)).NextDouble())];
            return new Drawn(slopes, Fault);
        }

        private sealed class Drawn(double[] slopes, string? fault) : FunctionDraws(slopes.Length)
        {
            public override Tensor Apply(Tensor input)
            {
                using var scope = NewDisposeScope();
                var line = input.sum(-1, keepdim: true).unsqueeze(0) * tensor(slopes, float32).view(-1, 1, 1);
                return (fault switch
                {
                    "rows" => line.sum(1),
                    "draws" => cat([line, line], 0),
                    "mixed" => line - line.mean([1], keepdim: true),
                    _ => line,
                }).MoveToOuterDisposeScope();
            }
        }
    }

    private sealed class Nameless : FunctionDistribution
    {
        protected override FunctionDraws DrawNamed(long seed, int count, int first) => throw new NotSupportedException();
    }
}
