using Bayes.Layers.Checkpoints;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A network with stored draws of its weights is a distribution over the functions that it is with each of them.</summary>
public sealed class StoredDrawsTests : FunctionDistributionLaws
{
    private const int Count = 6;

    private static Sequential Network() => nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1));

    private static Dictionary<string, Tensor> DrawsOf(nn.Module network, int count = Count) =>
        network.named_parameters().ToDictionary(each => each.name, each => randn([count, .. each.parameter.shape]));

    protected override FunctionDistribution Create()
    {
        var network = Network();
        return FunctionDistribution.Of(StoredDraws.Of(network, DrawsOf(network)));
    }

    // Draw k is stored draw k for every seed.
    protected override bool IsRandom => false;

    [Fact]
    public void Each_draw_is_the_network_with_its_weights()
    {
        var network = Network();
        var draws = DrawsOf(network);
        var input = randn(5, 3);
        using var model = StoredDraws.Of(network, draws);
        using var functions = FunctionDistribution.Of(model).Draw(seed: 9, count: 3, first: 5);
        var outputs = functions.Apply(input);
        for (int k = 0; k < 3; k++)
        {
            var plain = Network();
            using (no_grad())
                foreach (var (name, parameter) in plain.named_parameters())
                    parameter.copy_(draws[name][(5 + k) % Count]);
            ShouldBeClose(outputs[k], plain.forward(input), 1e-6);
        }
        foreach (var (name, parameter) in network.named_parameters())
            ShouldBeClose(parameter, draws[name].mean([0L]), 1e-6);
    }

    [Fact]
    public void A_predictor_makes_as_many_draws_as_are_stored()
    {
        using var model = StoredDraws.Of(Network(), DrawsOf(Network()));
        using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(model), new GaussianLikelihood(0.1));
        using var prediction = predictor.Predict(randn(4, 3));
        prediction.SamplesUsed.Should().Be(Count);
    }

    [Fact]
    public void A_file_keeps_the_draws_and_the_caution()
    {
        using var model = StoredDraws.Of(Network(), DrawsOf(Network()));
        model.GivenCaution = "The chains have not mixed.";
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        using var loaded = (WeightSpaceModule)Checkpoint.LoadModel(stream).Model;
        var input = randn(4, 3);
        using FunctionDraws own = FunctionDistribution.Of(model).Draw(1, Count), same = FunctionDistribution.Of(loaded).Draw(2, Count);
        ShouldBeClose(same.Apply(input), own.Apply(input), 0);
        FunctionDistribution.Of(loaded).Caution.Should().Be("The chains have not mixed.");
    }

    [Fact]
    public void A_report_has_moments_and_no_divergence()
    {
        using var model = StoredDraws.Of(Network(), DrawsOf(Network()));
        var report = PosteriorDiagnostics.Of(model);
        report.ToString().Should().NotBeEmpty();
        model.Invoking(each => each.KlDivergence()).Should().Throw<NotSupportedException>().WithMessage("*no KL divergence*");
    }

    [Fact]
    public void Bad_draws_are_refused()
    {
        var network = Network();
        Refused([]).WithMessage("There are no draws; expected those of at least one parameter.*");
        Refused(new() { ["3.weight"] = zeros(2, 4) })
            .WithMessage("The Sequential has no parameter '3.weight'; expected one of '0.weight', '0.bias', '2.weight', '2.bias'.*");
        Refused(new() { ["0.weight"] = zeros(2, 4, 3), ["0.bias"] = zeros(3, 4) })
            .WithMessage("The draws of '0.bias' have shape [3, 4]; expected [2, 4], 2 draws as of the first parameter.*");
        Refused(new() { ["0.bias"] = full([2, 4], double.NaN) }).WithMessage("A draw of '0.bias' has the value NaN; expected finite numbers.*");
        Refused(new() { ["0.bias"] = zeros(0, 4) }).WithMessage("count is 0; *");

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Dictionary<string, Tensor> draws) =>
            FluentActions.Invoking(() => StoredDraws.Of(network, draws)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        var network = Network();
        var draws = DrawsOf(network);
        long before = LiveTensors();
        using (var other = Network())
        using (StoredDraws.Of(other, draws))
        {
        }
        LiveTensors().Should().Be(before);
    }
}
