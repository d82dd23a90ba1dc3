using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Laws;

/// <summary>Every likelihood gives the same numbers in every layout of an output if its channel axis is named, even if sizes are
/// equal.</summary>
public sealed class ChannelAxisLaws : TorchTest
{
    // Draws, batch, channels, height and width have the same size.
    private const int Size = 4;

    private static readonly Dictionary<string, Layout> Layouts = new()
    {
        ["BernoulliLikelihood"] = new(_ => new BernoulliLikelihood(), rows => randint(0, 2, [rows, Size]).to(float64)),
        ["CategoricalLikelihood"] = new(axis => new CategoricalLikelihood(classAxis: axis), rows => randint(0, Size, [rows], int64)),
        ["GaussianLikelihood"] = new(axis => new GaussianLikelihood([0.5, 1, 2, 4], channelAxis: axis), rows => Normal(rows, Size)),
        ["GaussianLikelihood, learned"] = new(axis => GaussianLikelihood.Learned(0.7, outputs: Size, dtype: float64, channelAxis: axis), rows =>
            Normal(rows, Size)),
        ["GaussianLikelihood, one size"] = new(_ => new GaussianLikelihood(0.7), rows => Normal(rows, Size)),
        ["HeteroscedasticGaussianLikelihood"] = new(axis => new HeteroscedasticGaussianLikelihood(channelAxis: axis), rows => Normal(rows,
            Size / 2)),
        ["NegativeBinomialLikelihood"] = new(axis => new NegativeBinomialLikelihood([0.1, 0.5, 1, 2], channelAxis: axis), rows => randint(0, 9,
            [rows, Size]).to(float64)),
        ["NegativeBinomialLikelihood, learned"] = new(
            axis => NegativeBinomialLikelihood.Learned(0.7, outputs: Size, dtype: float64, channelAxis: axis), rows => randint(0, 9, [rows,
                Size]).to(float64)),
        ["PoissonLikelihood"] = new(_ => new PoissonLikelihood(), rows => randint(0, 9, [rows, Size]).to(float64)),
        ["StudentTLikelihood"] = new(axis => new StudentTLikelihood(3, [0.5, 1, 2, 4], channelAxis: axis), rows => Normal(rows, Size)),
        ["StudentTLikelihood, learned"] = new(axis => StudentTLikelihood.Learned(3, 0.7, outputs: Size, dtype: float64, channelAxis: axis),
            rows => Normal(rows, Size)),
    };

    public static MatrixTheoryData<string, int> Cases => new(Layouts.Keys, [-1, -2, -3]);

    public static TheoryData<string> Named => [.. Layouts.Where(each => each.Value.HasAxis).Select(each => each.Key)];

    [Fact]
    public void Every_likelihood_has_a_case() =>
        typeof(Likelihood).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Likelihood)) && !type.IsAbstract).Select(type =>
            type.Name)
            .Except([nameof(JointLikelihood), nameof(GaussianMixtureLikelihood)])
            .Should().BeSubsetOf(
                Layouts.Keys.Select(name => name.Split(',')[0]), "joint likelihoods and mixtures alone have no axis to name: they take [B, K]");

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_example_of_several_places_is_the_sum_of_its_places(string name, int axis)
    {
        var layout = Layouts[name];
        Likelihood named = layout.Make(axis), ofPlaces = layout.Make(null);
        var (places, targets) = layout.Places();
        Tensor outputs = Arrange(places, axis), target = layout.TargetHasChannels ? Arrange(targets, axis) : targets.reshape(Size, Size, Size);

        var logProbability = ofPlaces.LogProbability(places, targets).reshape(Size, Size, -1).sum(-1L);
        ShouldBeClose(named.LogProbability(outputs, target), logProbability, 1e-12);
        ShouldBeClose(named.LogProbability(outputs[1], target), logProbability[1], 1e-12);
        ShouldBeClose(named.Mean(outputs), Arrange(ofPlaces.Mean(places), axis), 1e-14);
        ShouldBeClose(named.Variance(outputs), Arrange(ofPlaces.Variance(places), axis), 1e-14);
        if (named is CountLikelihood counts)
            ShouldBeClose(counts.CumulativeProbability(outputs, target), Arrange(((CountLikelihood)ofPlaces).CumulativeProbability(places,
                targets), axis), 1e-14);
        if (named is ContinuousLikelihood continuous)
        {
            var alone = (ContinuousLikelihood)ofPlaces;
            ShouldBeClose(continuous.CumulativeProbability(outputs, target), Arrange(alone.CumulativeProbability(places, targets), axis), 1e-14);
            ShouldBeClose(continuous.Quantile(outputs, 0.3), Arrange(alone.Quantile(places, 0.3), axis), 1e-14);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_curvature_of_an_example_of_several_places_is_that_of_each_place(string name, int axis)
    {
        var layout = Layouts[name];
        Tensor places = layout.Places().Outputs[1], factor = layout.Make(null).CurvatureFactor(places), ofPlaces = factor.bmm(factor.mT);
        // The number of each output's place and channel, in the order of the output.
        var order = Arrange(arange(places.numel(), int64).reshape(1, -1, Size), axis).reshape(Size, -1);
        Tensor place = order.div(Size, RoundingMode.floor), channel = order.remainder(Size);
        var isSame = place.unsqueeze(2).eq(place.unsqueeze(1)).to(float64);
        var expected = ofPlaces[place.unsqueeze(2), channel.unsqueeze(2), channel.unsqueeze(1)] * isSame;

        var likelihood = layout.Make(axis);
        Tensor output = Arrange(places, axis), found = likelihood.CurvatureFactor(output);
        ShouldBeClose(found.bmm(found.mT), expected, 1e-12);
        var curvature = likelihood.CurvatureOf(output, null)!.Value;
        var matrix = diag_embed(curvature.Diagonal);
        ShouldBeClose(curvature.Columns is { } columns ? matrix - columns.bmm(columns.mT) : matrix, expected, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_prediction_of_several_places_matches_predictions_of_each_place(string name, int axis)
    {
        var layout = Layouts[name];
        var (places, targets) = layout.Places();
        var target = layout.TargetHasChannels ? Arrange(targets, axis) : targets.reshape(Size, Size, Size);
        foreach (var dtype in new[] { float64, float32 })
        {
            double tolerance = dtype == float64 ? 1e-11 : 2e-5;
            using Predictive whole = Predictive.OfSamples(Arrange(places, axis).to(dtype), layout.Make(axis), target),
                alone = Predictive.OfSamples(places.to(dtype), layout.Make(null), targets);
            ShouldBeClose(whole.Mean, Arrange(alone.Mean, axis), tolerance);
            ShouldBeClose(whole.AleatoricVariance, Arrange(alone.AleatoricVariance, axis), tolerance);
            ShouldBeClose(whole.EpistemicVariance, Arrange(alone.EpistemicVariance, axis), tolerance);
            ShouldBeClose(whole.CredibleInterval().Upper, Arrange(alone.CredibleInterval().Upper, axis), tolerance);
            whole.LogPredictiveDensity.shape.Should().Equal(Size);
            ShouldBeClose(whole.LogPredictiveDensityOf(target), whole.LogPredictiveDensity, tolerance);
            if (layout.Make(null) is ContinuousLikelihood or CountLikelihood)
                ShouldBeClose(whole.PredictionInterval().Lower, Arrange(alone.PredictionInterval().Lower, axis), tolerance);
            if (layout.Make(null) is not ClassLikelihood)
                continue;
            ShouldBeClose(whole.TotalEntropy, ArrangeEntropy(alone.TotalEntropy), tolerance);
            ShouldBeClose(whole.ExpectedEntropy, ArrangeEntropy(alone.ExpectedEntropy), tolerance);
            ShouldBeClose(whole.MutualInformation, ArrangeEntropy(alone.MutualInformation), tolerance);
        }

        Tensor ArrangeEntropy(Tensor entropy) => entropy.ndim == 2 ? Arrange(entropy, axis) : entropy.reshape(Size, Size, Size);
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void With_several_axes_that_of_the_channels_must_be_named(string name)
    {
        var layout = Layouts[name];
        var (places, targets) = layout.Places();
        var target = layout.TargetHasChannels ? Arrange(targets, -1) : targets.reshape(Size, Size, Size);
        var likelihood = layout.Make(null);
        foreach (var (outputs, act) in new (Tensor, Action<Tensor>)[]
        {
            (Arrange(places, -1), given => likelihood.LogProbability(given, target)),
            (Arrange(places, -1)[0], given => likelihood.LogProbability(given, target)),
            (Arrange(places, -1), given => Predictive.OfSamples(given, likelihood)),
        })
            act.Invoking(call => call(outputs)).Should().Throw<ArgumentException>().WithMessage(
                $"The output has shape [{string.Join(", ", outputs.shape)}], in which an example has 3 axes; name the axis of the *Axis: -3 if it "
                    + $"follows the batch, as in PyTorch, or *Axis: -1 if it is the last.*");
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void An_axis_that_the_output_does_not_have_is_refused(string name)
    {
        var likelihood = Layouts[name].Make(-3);
        var (places, targets) = Layouts[name].Places();
        foreach (var act in new Action[] { () => likelihood.LogProbability(places, targets), () => likelihood.LogProbability(places[0], targets),
            () => Predictive.OfSamples(places, likelihood) })
            act.Should().Throw<ArgumentException>().WithMessage("The output has shape [*4] and *Axis is -3; expected 3 axes after the batch, "
                + "the first of them of *");
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void The_named_axis_is_part_of_the_likelihoods_text_and_settings(string name)
    {
        Likelihood named = Layouts[name].Make(-3), unnamed = Layouts[name].Make(null);
        named.ToString().Should().Contain("Axis=-3");
        named.Settings.Should().Contain("Axis=-3");
        unnamed.Settings.Should().NotContain("Axis");
        named.Frozen().ToString().Should().Contain("Axis=-3");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_axis_counted_from_the_front_is_refused(int axis)
    {
        foreach (var layout in Layouts.Values.Where(layout => layout.HasAxis))
            layout.Invoking(each => each.Make(axis)).Should().Throw<ArgumentOutOfRangeException>().WithMessage(
                $"*Axis is {axis}; expected a number below 0, counted from the last axis: -3 for [batch, *, height, width]*");
    }

    /// <summary>A sum over many places in half precision would be inexact.</summary>
    [Theory]
    [MemberData(nameof(HalfPrecision))]
    public void In_half_precision_the_places_are_summed_as_exactly_as_in_single(string name, ScalarType dtype)
    {
        const int side = 40;
        var layout = Layouts[name];
        Tensor outputs = Normal(2, side, side, Size).to(dtype), targets = layout.Targets(2 * side * side);
        var target = layout.TargetHasChannels ? targets.reshape(2, side, side, -1) : targets.reshape(2, side, side);
        var likelihood = layout.Make(-1);
        Tensor found = likelihood.LogProbability(outputs, target), exact = likelihood.LogProbability(outputs.to(float64), target);
        ShouldBeClose(found, exact, 2e-6);
        double loss = new ElboLoss(likelihood, 10).forward(outputs, target, zeros([], float64)).ToDouble();
        loss.Should().BeApproximately(-exact.mean().ToDouble(), 2e-6 * Math.Abs(exact.mean().ToDouble()));
    }

    public static MatrixTheoryData<string, ScalarType> HalfPrecision => new(Layouts.Keys, [ScalarType.Float16, ScalarType.BFloat16]);

    /// <summary>A reported fault: the first class has a logit of 5 at each of 16 places and is correct at each.</summary>
    [Fact]
    public void Class_images_have_the_log_probability_calculated_by_hand()
    {
        var output = zeros([1, 4, 4, 4], float64);
        output[0, 0] = 5;
        var likelihood = new CategoricalLikelihood(classAxis: -3);
        likelihood.LogProbability(output, zeros([1, 4, 4], int64)).item<double>().Should().BeApproximately(16 * (5 - Math.Log(Math.Exp(5) + 3)),
            1e-12);
        using var model = new BayesianSequential(new BayesianConv2d(2, 4, 3, padding: 1));
        using var prediction = new MonteCarloPredictive(model, likelihood, samples: 3, seed: 1).Predict(randn(2, 2, 4, 4));
        ShouldBeClose(prediction.Mean.sum(1L), ones([2, 4, 4], float64), 1e-6);
    }

    // Converts [.., rows, channels] to [.., batch, height, width] with the channels at the axis.
    private static Tensor Arrange(Tensor places, int axis) => places.reshape([.. places.shape[..^2], Size, Size, Size, places.shape[^1]])
        .movedim([-1L], [axis]);

    private sealed record Layout(Func<int?, Likelihood> Make, Func<long, Tensor> Targets)
    {
        private const int Rows = Size * Size * Size;

        public bool HasAxis { get; } = Make(-3).ToString().Contains("Axis", StringComparison.Ordinal);

        public bool TargetHasChannels => Make(null) is not CategoricalLikelihood;

        public (Tensor Outputs, Tensor Targets) Places() => (Normal(Size, Rows, Size), Targets(Rows));
    }
}
