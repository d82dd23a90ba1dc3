using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Onnx;
using Bayes.Layers.Onnx.Translation;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>ONNX Runtime computes what the library computes, for every module that can be exported and for every size of the batch.</summary>
public sealed class OnnxModulesTests : OnnxTest
{
    private const int Draws = 3;
    private const long Seed = 7;

    private static readonly string[] NeedsNumbers =
    [
        "GLU", "SinusoidalPositionalEmbedding", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "PixelUnshuffle",
    ];

    public static TheoryData<string> BayesianNames => [.. OnnxCases.Bayesian.Select(each => each.Name)];

    public static TheoryData<int> PlainIndices => [.. Enumerable.Range(0, OnnxCases.Plain.Count)];

    [Theory]
    [MemberData(nameof(BayesianNames))]
    public void Named_draws_equal_those_of_the_library(string name)
    {
        var item = OnnxCases.Bayesian.Single(each => each.Name == name);
        using var model = Make(item);
        var functions = FunctionDistribution.Of(model);
        OnnxExport.Save(model, null, FilePath(), Options(item, OnnxProduct.Draws));
        OnnxExport.Save(model, null, FilePath("any.onnx"), WithOwnShape(item, OnnxProduct.Draws));
        using OnnxRun run = new(FilePath()), any = new(FilePath("any.onnx"));
        using var drawn = functions.Draw(Seed, Draws, first: 2);
        foreach (long rows in new[] { 2, 5 })
        {
            var input = item.Input(rows);
            var expected = drawn.Apply(Typed(input, model));
            ShouldBeClose(run.Run(input)[OnnxOutputs.Output], expected, Tolerance, $"of {rows} rows");
            ShouldBeClose(any.Run(input)[OnnxOutputs.Output], expected, Tolerance, $"of {rows} rows of any size");
        }
    }

    [Theory]
    [MemberData(nameof(BayesianNames))]
    public void The_mean_network_equals_a_pass_at_the_posterior_mean(string name)
    {
        var item = OnnxCases.Bayesian.Single(each => each.Name == name);
        using var model = Make(item);
        OnnxExport.Save(model, null, FilePath(), WithOwnShape(item, OnnxProduct.Mean));
        using var run = new OnnxRun(FilePath());
        foreach (long rows in new[] { 2, 5 })
        {
            var input = item.Input(rows);
            using var noGrad = no_grad();
            var expected = ((BayesianModule)model).Sample(Typed(input, model), PosteriorMean.Instance).squeeze(0);
            ShouldBeClose(run.Run(input)[OnnxOutputs.Output], expected, Tolerance, $"of {rows} rows");
        }
    }

    [Theory]
    [MemberData(nameof(PlainIndices))]
    public void A_plain_module_equals_itself_alone_and_behind_drawn_values(int index)
    {
        var item = OnnxCases.Plain[index];
        var module = Make(item);
        SkipWhereTorchIsWrong(module);
        using var model = item.Indices is null ? new BayesianSequential(new MonteCarloDropout(0.3), module) : new BayesianSequential(module);
        OnnxExport.Save(module, null, FilePath("plain.onnx"), Options(item, OnnxProduct.Mean));
        OnnxExport.Save(model, null, FilePath(), Options(item, OnnxProduct.Draws));
        using OnnxRun alone = new(FilePath("plain.onnx")), behind = new(FilePath());
        using var drawn = FunctionDistribution.Of(model).Draw(Seed, Draws, first: 2);
        using var noGrad = no_grad();
        foreach (long rows in new[] { 2, 5 })
        {
            var input = item.Input(rows);
            ShouldBeClose(alone.Run(input)[OnnxOutputs.Output], module.call(input.clone()), Tolerance, $"{item.Name}, {rows} rows");
            ShouldBeClose(behind.Run(input)[OnnxOutputs.Output], drawn.Apply(input), Tolerance, $"{item.Name}, {rows} rows behind drawn values");
        }
    }

    /// <summary>The channels alone are known; what needs more says so.</summary>
    [Theory]
    [MemberData(nameof(PlainIndices))]
    public void A_plain_module_takes_places_of_any_number_or_asks_for_their_number(int index)
    {
        var item = OnnxCases.Plain[index];
        if (item.Indices is not null)
            return;
        var module = Make(item);
        SkipWhereTorchIsWrong(module);
        using var model = new BayesianSequential(new MonteCarloDropout(0.3, channelAxis: 1), module);
        var options = Options(item, OnnxProduct.Draws) with { InputShape = [item.Shape[1], .. Enumerable.Repeat(-1L, item.Shape.Length - 2)] };
        try
        {
            OnnxExport.Save(model, null, FilePath(), options);
        }
        catch (NotSupportedException exception)
        {
            exception.Message.Should().Contain("InputShape");
            NeedsNumbers.Should().Contain(module.GetName(), item.Name);
            return;
        }
        using var run = new OnnxRun(FilePath());
        using var drawn = FunctionDistribution.Of(model).Draw(Seed, Draws, first: 2);
        using var noGrad = no_grad();
        var input = item.Input(4);
        ShouldBeClose(run.Run(input)[OnnxOutputs.Output], drawn.Apply(input), Tolerance, item.Name);
    }

    /// <summary>A new layer fails here until it has a translator and a case.</summary>
    [Fact]
    public void Every_layer_of_the_library_has_a_translator_and_a_case()
    {
        var layers = typeof(BayesianModule).Assembly.GetExportedTypes().Where(type => typeof(nn.Module<Tensor, Tensor>).IsAssignableFrom(type)
            && type is { IsAbstract: false, IsGenericTypeDefinition: false });
        layers.Where(type => !ModuleTranslators.Has(type)).Should().BeEmpty("each needs a translator");
        // The others have tests of their own.
        ModuleTranslators.Types.Except(Covered()).Should().BeEquivalentTo([typeof(WeightSpaceModule), typeof(TorchSharp.Modules.Hardtanh)]);
    }

    /// <summary>What a checkpoint can hold can be exported, with few exceptions.</summary>
    [Fact]
    public void Few_modules_that_a_checkpoint_knows_cannot_be_exported() =>
        Checkpoints.ModuleCases.All.Values.Select(each => each.Type).Where(type => !ModuleTranslators.Has(type)).Select(type => type.Name)
            .Should().BeEquivalentTo(
                "AdaptiveMaxPool3d", "EnsembleMembers", "Fold", "FractionalMaxPool2d", "FractionalMaxPool3d", "LocalResponseNorm",
                "LPPool1d", "LPPool2d", "Unfold");

    private static HashSet<Type> Covered()
    {
        var types = new HashSet<Type>();
        foreach (var item in OnnxCases.Bayesian.Concat(OnnxCases.Plain))
        {
            using var module = item.Make();
            types.UnionWith(module.modules().Prepend(module).Select(each => each.GetType()));
        }
        return types;
    }

    // Statistics, weights and variances that are not those of the start.
    private static nn.Module<Tensor, Tensor> Make(OnnxCase item)
    {
        var module = item.Make();
        using var noGrad = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
            if (name.EndsWith("log_var", StringComparison.Ordinal))
                parameter.fill_(-2);
            else if (parameter.ndim == 1)
                parameter.copy_(randn(parameter.shape, parameter.dtype) * 0.3 + 0.7);
        foreach (var (name, buffer) in module.named_buffers())
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.add_(randn(buffer.shape) * 0.3);
            else if (name.EndsWith("running_var", StringComparison.Ordinal))
                buffer.mul_(rand(buffer.shape) + 0.5);
        module.eval();
        return module;
    }

    private static Tensor Typed(Tensor input, nn.Module model) =>
        input.is_floating_point() && model.parameters().FirstOrDefault() is { } parameter ? input.to(parameter.dtype) : input;

    // What a module takes by itself has sizes that may be any.
    private static bool NeedsShape(OnnxCase item) => ModuleTranslators.InputOf(item.Make()) is not { } own || own.Sizes.Length != item.Shape.Length;

    private static OnnxExportOptions WithOwnShape(OnnxCase item, OnnxProduct product) =>
        NeedsShape(item) ? Options(item, product) : Options(item, product) with { InputShape = null };

    private static OnnxExportOptions Options(OnnxCase item, OnnxProduct product) => new()
    {
        Product = product, Draws = Draws, Seed = Seed, FirstDraw = 2, InputShape = item.IsSequenceFirst ? [-1, 6] : item.Shape[1..],
    };

    // A plain module is TorchSharp's (decision 33): ONNX Runtime computes it right there, and libtorch does not.
    private static void SkipWhereTorchIsWrong(nn.Module module) => Assert.SkipWhen(
        module is TorchSharp.Modules.ConvTranspose1d or TorchSharp.Modules.ConvTranspose2d or TorchSharp.Modules.ConvTranspose3d
        && NativeConvolutions.AreFaulty(zeros(1)),
        "libtorch computes transposed convolutions of a batch wrongly on this processor.");
}
