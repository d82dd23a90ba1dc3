using System.Reflection;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>Every option of every convertible module is kept, or refused by its name.</summary>
public sealed class ConversionOptionsTests : TorchTest
{
    public static TheoryData<int, string> Rows => Numbered(PlainOptions.All);

    public static TheoryData<int, string> DropoutRows => Numbered(PlainOptions.Dropouts);

    private static TheoryData<int, string> Numbered(PlainOption[] options)
    {
        var rows = new TheoryData<int, string>();
        for (int i = 0; i < options.Length; i++)
            rows.Add(i, options[i].Names);
        return rows;
    }

    [Theory, MemberData(nameof(Rows))]
    public void The_posterior_mean_of_a_conversion_computes_what_the_plain_module_does(int row, string names)
    {
        var option = PlainOptions.All[row];
        foreach (var options in new[] { new BayesianConversion { KeepsWeights = true }, new BayesianConversion { Moped = new Moped() } })
        {
            ShouldComputeTheSame(option, options, names, isAlone: false);
            if (!option.StaysPlain)
                ShouldComputeTheSame(option, options, names, isAlone: true);
        }
    }

    [Theory, MemberData(nameof(DropoutRows))]
    public void The_mean_of_a_conversion_to_dropout_computes_what_the_plain_module_does(int row, string names)
    {
        var option = PlainOptions.Dropouts[row];
        ShouldComputeTheSame(option, new BayesianConversion { MonteCarloDropoutOnly = true }, names, isAlone: false);
    }

    private static void ShouldComputeTheSame(PlainOption option, BayesianConversion options, string names, bool isAlone)
    {
        using var module = option.Make();
        // Beside a layer that always converts.
        using nn.Module<Tensor, Tensor> network = isAlone ? module
            : options.MonteCarloDropoutOnly ? nn.Sequential(("it", module), ("other", nn.Dropout(0.1)))
                : nn.Sequential(("it", module), ("other", Last(module, option)));
        network.eval();
        var input = option.Input();
        if (option.Refusal is { } reason)
        {
            double[] before = [.. network.parameters().SelectMany(Values)];
            var refused = network.Invoking(each => each.ToBayesian(options)).Should().Throw<ArgumentException>(names).Which;
            refused.Message.Should().Contain(reason).And.Contain(isAlone ? "at the root" : "'it").And.NotContain("Parameter '",
                "the names of the library's own parameters tell nobody anything");
            network.parameters().SelectMany(Values).Should().Equal(before, "a refusal changes nothing");
            return;
        }
        var expected = network.forward(input);
        string[] state = [.. network.state_dict().Select(entry =>
            $"{entry.Key} {entry.Value.requires_grad} {string.Join(' ', Values(entry.Value))}")];
        using var model = network.ToBayesian(options);
        network.state_dict().Select(entry => $"{entry.Key} {entry.Value.requires_grad} {string.Join(' ', Values(entry.Value))}")
            .Should().Equal(state, "the plain network stays as it is");
        network.parameters().Where(parameter => parameter.grad is not null).Should().BeEmpty("its gradients stay as they are");
        ShouldBeClose(model.Sample(input, PosteriorMean.Instance).squeeze(0), expected, 1e-12, names);
        if (option.StaysPlain)
            model.named_modules().Single(each => each.name == "it").module.Should().BeSameAs(module);

        using var back = model.ToDeterministic();
        ShouldBeClose(back.forward(input), expected, 1e-12, names);
        back.named_parameters().Select(each => (each.name, each.parameter.requires_grad)).Should().Equal(network.named_parameters().Select(each =>
            (each.name, each.parameter.requires_grad)));
        if (isAlone)
            back.GetType().Should().Be(module.GetType());
    }

    private static nn.Module<Tensor, Tensor> Last(nn.Module<Tensor, Tensor> module, PlainOption option)
    {
        using var _ = no_grad();
        return nn.Linear(module.forward(option.Input()).shape[^1], 2, dtype: float64);
    }

    public static TheoryData<string> Kept => [.. KeptLayers.Keys];

    private static readonly Dictionary<string, Func<nn.Module<Tensor, Tensor>>> KeptLayers = new()
    {
        ["BatchNorm1d"] = () => nn.BatchNorm1d(3, dtype: float64), ["BatchNorm2d"] = () => nn.BatchNorm2d(3), ["BatchNorm3d"] = () =>
            nn.BatchNorm3d(3),
        ["GroupNorm"] = () => nn.GroupNorm(1, 3), ["LayerNorm"] = () => nn.LayerNorm(3), ["PReLU"] = () => nn.PReLU(3),
        ["InstanceNorm1d"] = () => nn.InstanceNorm1d(3, affine: true), ["InstanceNorm2d"] = () => nn.InstanceNorm2d(3, affine: true),
        ["InstanceNorm3d"] = () => nn.InstanceNorm3d(3, affine: true), ["Dropout"] = () => nn.Dropout(), ["AlphaDropout"] = () => nn.AlphaDropout(),
        ["Tanh"] = nn.Tanh, ["MaxPool2d"] = () => nn.MaxPool2d(2),
    };

    [Theory, MemberData(nameof(Kept))]
    public void A_module_that_stays_plain_is_the_same_object_with_all_its_options(string kind)
    {
        var kept = KeptLayers[kind]();
        using var network = nn.Sequential(("kept", kept), ("layer", nn.Linear(3, 2)));
        using var model = network.ToBayesian();
        model.named_children().First().module.Should().BeSameAs(kept);
        model.ToDeterministic().named_children().First().module.Should().BeSameAs(kept);
    }

    [Fact]
    public void A_pretrained_embedding_converts_with_the_weight_that_it_uses()
    {
        // TorchSharp lists another, random one among its parameters.
        var vectors = Normal(5, 3);
        using var plain = nn.Embedding_from_pretrained(vectors, freeze: false, dtype: float64);
        using var model = (BayesianEmbedding)plain.ToBayesian();
        ShouldBeClose(model.weight_mu, vectors, 0);
        ShouldBeClose(plain.forward(arange(5, int64)), vectors, 0);
    }

    /// <summary>This test names an option without a row, such as one that TorchSharp adds.</summary>
    [Fact]
    public void Every_option_of_every_convertible_module_has_a_row()
    {
        var rows = PlainOptions.All.Concat(PlainOptions.Dropouts).ToLookup(option => option.Make().GetType(), option => option.Names);
        var missing =
            from conversion in LayerConversions.Own
            from factory in typeof(nn).GetMethods(BindingFlags.Public | BindingFlags.Static)
            where factory.ReturnType == conversion.PlainType
            from parameter in factory.GetParameters()
            where !rows[conversion.PlainType].SelectMany(names => names.Split(", ")).Contains(parameter.Name)
            select $"{factory.Name}.{parameter.Name}";
        missing.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void Every_convertible_module_has_rows() =>
        LayerConversions.Own.Select(conversion => conversion.PlainType)
            .Except(PlainOptions.All.Concat(PlainOptions.Dropouts).Select(option => option.Make().GetType())).Should().BeEmpty();

    /// <summary>The list is written by hand so that a trimmed program keeps the conversions; it must be complete.</summary>
    [Fact]
    public void Every_conversion_of_the_library_is_listed()
    {
        var written = LayerConversions.Own.Select(each => each.GetType()).Select(type =>
            type.IsGenericType ? type.GetGenericTypeDefinition() : type).Distinct();
        var all = typeof(LayerConversion).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerConversion)) && !type.IsAbstract);
        written.Should().BeEquivalentTo(all);
        LayerConversions.Own.Select(each => each.PlainType).Should().OnlyHaveUniqueItems();
        var layers = typeof(BayesianLayer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(BayesianLayer)) && !type.IsAbstract);
        LayerConversions.Own.Select(each => each.BayesianType).Should().Contain(layers, "every layer converts");
    }
}
