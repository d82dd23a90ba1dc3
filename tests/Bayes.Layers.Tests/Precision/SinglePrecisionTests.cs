using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Precision;

/// <summary>The library's results in single precision match those in double precision within <see cref="Tolerances"/>.</summary>
public sealed class SinglePrecisionTests : TorchTest
{
    private static readonly PrecisionCase[] Cases =
        [.. LayerCases.All, .. PosteriorCases.All, .. PriorCases.All, .. LikelihoodCases.All, .. LikelihoodCases.Elbos, .. PredictiveCases.All,
            .. MetricCases.All];

    public static TheoryData<string> Items => [.. Cases.Select(each => each.Item).Distinct()];

    [Theory]
    [MemberData(nameof(Items))]
    public void Single_precision_matches_double_within_the_tolerance(string item)
    {
        double tolerance = Tolerances.InLastPlaces[item];
        var errors = Cases.Where(each => each.Item == item).SelectMany(ErrorsOf);
        errors.Where(each => !(each.LastPlaces <= tolerance)).OrderByDescending(each => each.LastPlaces)
            .Select(each => $"{each.What}: {each.LastPlaces}")
            .Should().BeEmpty("{0} may be off by {1} last places", item, tolerance);
    }

    [Fact]
    public void An_error_is_counted_in_last_places_of_the_largest_number()
    {
        var exact = tensor(new[] { 2.0, -1e-3 });
        PrecisionCase.LastPlaces(exact, exact).Should().Be(0);
        PrecisionCase.LastPlaces(exact.add(tensor(new[] { 0, 3 * Math.Pow(2, -22) })), exact).Should().BeApproximately(3, 1e-6);
        PrecisionCase.LastPlaces(tensor(new[] { 2, double.NaN }), exact).Should().Be(double.NaN);
    }

    [Fact]
    public void Every_type_method_and_number_has_a_case() => WithoutCase(Expected)
        .Should().BeEmpty("each needs a case beside its like, and a tolerance");

    /// <summary>Shows that the check above can fail.</summary>
    [Fact]
    public void A_type_without_a_case_is_named() => WithoutCase([.. Expected, nameof(OwnLayer)]).Should().Equal(nameof(OwnLayer));

    [Fact]
    public void Every_tolerance_belongs_to_a_case() =>
        Tolerances.InLastPlaces.Keys.Should().BeEquivalentTo(Cases.Select(each => each.Item).Distinct());

    [Fact]
    public void A_new_layer_would_be_expected() => Concrete([typeof(OwnLayer), typeof(BayesianModule)], typeof(BayesianModule))
        .Should().Equal(nameof(OwnLayer));

    private static IEnumerable<string> Expected =>
    [
        .. new[] { typeof(BayesianModule), typeof(WeightPosterior), typeof(Prior), typeof(Likelihood), typeof(Estimator) }.SelectMany(
            kind => Concrete(kind.Assembly.GetExportedTypes(), kind)),
        nameof(ElboLoss), .. PredictiveCases.Members, .. MetricCases.Methods,
    ];

    private static IEnumerable<string> Concrete(IEnumerable<Type> types, Type kind) =>
        types.Where(type => type.IsSubclassOf(kind) && !type.IsAbstract).Select(type => type.Name);

    private static IEnumerable<string> WithoutCase(IEnumerable<string> expected) => expected.Except(Cases.SelectMany(each => each.Covers));

    private static IEnumerable<(string What, double LastPlaces)> ErrorsOf(PrecisionCase each)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> single = each.Compute(float32), exact = each.Compute(float64);
        single.Keys.Should().Equal(exact.Keys);
        return exact.Select(pair => ($"{each.Name}: {pair.Key}", Math.Round(PrecisionCase.LastPlaces(single[pair.Key], pair.Value), 2))).ToArray();
    }

    public sealed class OwnLayer() : BayesianModule(nameof(OwnLayer))
    {
        public override Tensor Propagate(Tensor input, Pass pass) => input.alias();
    }
}
