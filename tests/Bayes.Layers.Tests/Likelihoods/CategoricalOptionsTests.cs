using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>Ignored targets, class weights, label smoothing and soft targets are those of PyTorch's cross-entropy, in every layout.</summary>
public sealed class CategoricalOptionsTests : TorchTest
{
    private const int Classes = 4;
    private const long Ignored = -100;

    private static readonly double[] Weights = [0.5, 2, 0, 1.25];

    public static MatrixTheoryData<string, bool, double, bool> Cases =>
        new(["[B, C]", "[B, C, H, W]", "[B, C, D, H, W]", "[B, T, C]", "[B, C, L]"], [false, true], [0, 0.15], [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_probabilities_and_gradients_are_those_of_cross_entropy(string layout, bool isWeighted, double smoothing, bool isSoft)
    {
        var (axis, output, classes) = Layout(layout);
        var likelihood = new CategoricalLikelihood(
            classAxis: layout == "[B, C]" ? null : axis, classWeights: isWeighted ? Weights : null, labelSmoothing: smoothing);
        var target = isSoft ? Normal(output.shape).softmax(axis) : classes;
        var weights = isWeighted ? tensor(Weights) : null;

        Parameter ours = new(output.clone()), theirs = new(output.clone());
        var found = likelihood.LogProbability(ours, target);
        // PyTorch has the classes on axis 1.
        var torchTarget = isSoft ? target.movedim([axis], [1L]) : target;
        var expected = functional.cross_entropy(theirs.movedim([axis], [1L]), torchTarget, weight: weights, ignore_index: Ignored,
            reduction: Reduction.None, label_smoothing: smoothing).reshape(output.shape[0], -1).sum(1L).neg();
        ShouldBeClose(found, expected, 1e-12);
        var rowWeights = Normal(output.shape[0]);
        found.mul(rowWeights).sum().backward();
        expected.mul(rowWeights).sum().backward();
        ShouldBeClose(ours.grad!, theirs.grad!, 1e-12);

        var draws = stack([output, output.mul(-0.5)]);
        ShouldBeClose(likelihood.LogProbability(draws, target)[0], found, 1e-14);
        ShouldBeClose(likelihood.LogProbability(draws, target)[1], likelihood.LogProbability(draws[1], target), 1e-14);
        // Without checks, and in single precision, the same numbers.
        var withoutCheck = new CategoricalLikelihood(false, likelihood.ClassAxis, Ignored, likelihood.ClassWeights, smoothing);
        ShouldBeClose(withoutCheck.LogProbability(output, target), found, 0);
        ShouldBeClose(likelihood.LogProbability(output.to(float32), target), found, 4e-6);
    }

    /// <summary>A target says how often its place counts; without one, a place counts as often as under the softmax.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void The_curvature_is_the_second_derivative_for_a_target_and_its_mean_without_one(
        string layout, bool isWeighted, double smoothing, bool isSoft)
    {
        var (axis, output, classes) = Layout(layout);
        var likelihood = new CategoricalLikelihood(
            classAxis: layout == "[B, C]" ? null : axis, classWeights: isWeighted ? Weights : null, labelSmoothing: smoothing);
        var target = isSoft ? Normal(output.shape).softmax(axis) : classes;
        var expected = LikelihoodLaws.SecondDerivative(likelihood, output, target).neg();
        ShouldBeClose(LikelihoodLaws.Curvature(likelihood.CurvatureFactor(output, target)), expected, 1e-12);
        ShouldBeClose(LikelihoodLaws.Matrix(likelihood.CurvatureOf(output, target)!.Value), expected, 1e-12);
        // A soft target is the mean over classes.
        var mean = LikelihoodLaws.SecondDerivative(likelihood, output, output.softmax(axis)).neg();
        ShouldBeClose(LikelihoodLaws.Curvature(likelihood.CurvatureFactor(output)), mean, 1e-12);
        ShouldBeClose(LikelihoodLaws.Matrix(likelihood.CurvatureOf(output, null)!.Value), mean, 1e-12);
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(255)]
    [InlineData(0)]
    public void An_ignored_place_contributes_nothing(long index)
    {
        var likelihood = new CategoricalLikelihood(classAxis: -3, ignoreIndex: index);
        Tensor output = Normal(3, 2, Classes, 2, 2), target = randint(1, Classes, [2, 2, 2], int64), all = target.clone();
        target[0, 1, 0] = index;
        target[1] = index;
        var found = likelihood.LogProbability(output, target);
        ShouldBeClose(found.select(1, 1), zeros(3, float64), 0, "a row without targets");
        var places = functional.log_softmax(output, 2).gather(2, all.expand(3, 2, 2, 2).unsqueeze(2)).squeeze(2).select(1, 0);
        ShouldBeClose(found.select(1, 0), places.flatten(1).sum(1L) - places.select(1, 1).select(1, 0), 1e-12);
        using Predictive prediction = Predictive.OfSamples(output, likelihood, target), whole = Predictive.OfSamples(output, likelihood, all);
        ShouldBeClose(prediction.LogPredictiveDensity, found.logsumexp(0) - Math.Log(3), 1e-12);
        Values(prediction.LogPredictiveDensity)[1].Should().Be(0);
        ShouldBeClose(prediction.Mean, whole.Mean, 0);
    }

    /// <summary>Its value was summed out: p(observed places) = Σ over the classes of the others.</summary>
    [Fact]
    public void An_ignored_place_is_a_place_that_was_integrated_over()
    {
        var likelihood = new CategoricalLikelihood(classAxis: -1);
        var output = Normal(5, 2, Classes);
        var target = stack([randint(0, Classes, [5], int64), full([5], Ignored, int64)], 1);
        var filled = Enumerable.Range(0, Classes).Select(value => likelihood.LogProbability(output, target.where(target.ge(0), value).to(int64)));
        ShouldBeClose(likelihood.LogProbability(output, target), stack(filled).logsumexp(0), 1e-12);
    }

    [Fact]
    public void An_index_that_is_not_ignored_is_refused()
    {
        Tensor output = Normal(3, Classes), target = tensor(new long[] { 0, Ignored, 1 });
        new CategoricalLikelihood(ignoreIndex: null).Invoking(each => each.LogProbability(output, target)).Should().Throw<ArgumentException>()
            .WithMessage("target has the value -100; expected classes 0 to 3.*");
        new CategoricalLikelihood(ignoreIndex: 255).Invoking(each => each.LogProbability(output, target)).Should().Throw<ArgumentException>()
            .WithMessage("target has the value -100; expected classes 0 to 3.*");
        target[0] = 7;
        new CategoricalLikelihood().Invoking(each => each.LogProbability(output, target)).Should().Throw<ArgumentException>()
            .WithMessage("target has the value 7; expected classes 0 to 3.*");
    }

    [Fact]
    public void Smoothed_classes_are_soft_targets_and_soft_targets_of_one_class_are_that_class()
    {
        Tensor output = Normal(2, 6, Classes), classes = arange(6, int64).remainder(Classes);
        var oneHot = functional.one_hot(classes, Classes).to(float64);
        ShouldBeClose(new CategoricalLikelihood(labelSmoothing: 0.2).LogProbability(output, classes),
            new CategoricalLikelihood().LogProbability(output, oneHot * 0.8 + 0.05), 1e-12);
        ShouldBeClose(new CategoricalLikelihood().LogProbability(output, oneHot), new CategoricalLikelihood().LogProbability(output, classes), 1e-14);
    }

    [Fact]
    public void A_soft_target_without_probability_for_a_class_that_is_ruled_out_has_a_finite_gradient()
    {
        var output = new Parameter(tensor(new[] { 0.5, double.NegativeInfinity, 1, 2 }).reshape(1, Classes));
        var found = new CategoricalLikelihood().LogProbability(output, tensor(new[] { 0.25, 0, 0.5, 0.25 }).reshape(1, Classes));
        found.sum().backward();
        ShouldBeFinite(found);
        ShouldBeFinite(output.grad!);
    }

    /// <summary>Only the plain softmax is a probability; the others train.</summary>
    [Fact]
    public void Weights_and_smoothing_are_pseudo_likelihoods_and_predictions_use_the_plain_softmax()
    {
        Tensor outputs = Normal(5, 6, Classes), target = arange(6, int64).remainder(Classes);
        var plain = new CategoricalLikelihood();
        using var expected = Predictive.OfSamples(outputs, plain, target);
        foreach (var likelihood in new[] { new CategoricalLikelihood(classWeights: Weights), new CategoricalLikelihood(labelSmoothing: 0.1) })
        {
            var total = stack(Enumerable.Range(0, Classes).Select(y => likelihood.LogProbability(outputs[0], full([6], y, int64)).exp())).sum([0L]);
            Values(total).Should().OnlyContain(sum => Math.Abs(sum - 1) > 1e-3);
            using var prediction = Predictive.OfSamples(outputs, likelihood, target);
            ShouldBeClose(prediction.Mean, expected.Mean, 0);
            ShouldBeClose(prediction.MutualInformation, expected.MutualInformation, 0);
            ShouldBeClose(prediction.LogPredictiveDensity, expected.LogPredictiveDensity, 0);
            ShouldBeClose(prediction.LogPredictiveDensityOf(target), expected.LogPredictiveDensity, 1e-14);
        }
    }

    [Fact]
    public void A_place_without_class_weight_or_with_an_ignored_target_has_no_gradient()
    {
        var output = new Parameter(Normal(3, Classes));
        new CategoricalLikelihood(classWeights: Weights).LogProbability(output, tensor(new[] { 2, Ignored, 1 })).sum().backward();
        ShouldBeClose(output.grad![..2], zeros([2, Classes], float64), 0);
        Values(output.grad[2]).Should().OnlyContain(each => each != 0);
    }

    /// <summary>Managed code computes the plain cross-entropy; with options autograd must, with the same results as a loop.</summary>
    [Fact]
    public void A_step_computes_the_same_loss_as_a_loop_with_autograd()
    {
        Tensor input = Normal(6, 3), classes = arange(6, int64).remainder(Classes), missing = classes.clone();
        missing[2] = Ignored;
        foreach (var (likelihood, target) in new[]
        {
            (new CategoricalLikelihood(), classes), (new CategoricalLikelihood(), missing),
            (new CategoricalLikelihood(ignoreIndex: 1), classes), (new CategoricalLikelihood(classWeights: Weights), classes),
            (new CategoricalLikelihood(labelSmoothing: 0.1), missing), (new CategoricalLikelihood(), Normal(6, Classes).softmax(1)),
        })
        {
            using var model = new BayesianSequential(
                new BayesianLinear(3, 5, dtype: float64), Tanh(), new BayesianLinear(5, Classes, dtype: float64));
            var loss = new ElboLoss(likelihood, 6);
            using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.1), new Reparameterization(2));
            random.manual_seed(5);
            using var found = step.ComputeGradients(input, target);
            step.IsManaged.Should().Be(likelihood.ToString() == "CategoricalLikelihood" && ReferenceEquals(target, classes));
            random.manual_seed(5);
            using var expected = loss.Evaluate(model.Sample(input, new Reparameterization(2)), target, model.KlDivergence());
            ShouldBeClose(found.Total, expected.Total, 1e-12, likelihood.ToString());
        }
    }

    [Fact]
    public void The_options_are_part_of_the_text()
    {
        new CategoricalLikelihood().ToString().Should().Be("CategoricalLikelihood");
        new CategoricalLikelihood(ignoreIndex: -100, labelSmoothing: 0).ToString().Should().Be("CategoricalLikelihood");
        new CategoricalLikelihood(false, -3, 255, [1, 2.5], 0.1).ToString()
            .Should().Be("CategoricalLikelihood(classAxis=-3, ignoreIndex=255, classWeights=[1, 2.5], labelSmoothing=0.1)");
        new CategoricalLikelihood(ignoreIndex: null).ToString().Should().Be("CategoricalLikelihood(ignoreIndex=null)");
        var given = new[] { 1.0, 2 };
        var likelihood = new CategoricalLikelihood(classWeights: given);
        given[0] = 5;
        likelihood.ClassWeights.Should().Equal(1, 2);
        likelihood.IgnoreIndex.Should().Be(-100);
        likelihood.LabelSmoothing.Should().Be(0);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Refused<ArgumentException>(() => new CategoricalLikelihood(classWeights: []), "classWeights is empty; expected a number for each class.*");
        Refused<ArgumentException>(() => new CategoricalLikelihood(classWeights: [0, 0]),
            "classWeights are all 0, so nothing would be learned; expected at least one above 0.*");
        Refused<ArgumentOutOfRangeException>(() => new CategoricalLikelihood(classWeights: [1, -1]),
            "classWeights is -1; expected a finite number of at least 0.*");
        Refused<ArgumentOutOfRangeException>(() => new CategoricalLikelihood(classWeights: [1, double.NaN]), "classWeights is NaN; *");
        foreach (double smoothing in new[] { -0.1, 1, double.NaN })
            Refused<ArgumentOutOfRangeException>(() => new CategoricalLikelihood(labelSmoothing: smoothing),
                $"labelSmoothing is {smoothing}; expected a number from 0 to below 1.*");
        var three = new CategoricalLikelihood(classWeights: [1, 1, 1]);
        foreach (var call in new Action[]
        {
            () => three.LogProbability(Normal(2, Classes), zeros([2], int64)), () => Predictive.OfSamples(Normal(3, 2, Classes), three),
        })
            Refused<ArgumentException>(call, "The output has shape [*2, 4] and so 4 classes; expected 3, one for each of the classWeights.*");

        static void Refused<T>(Action call, string message) where T : Exception => call.Should().Throw<T>().WithMessage(message);
    }

    [Fact]
    public void Soft_targets_that_are_no_probabilities_are_refused()
    {
        var output = Normal(2, Classes);
        foreach (var (target, message) in new[]
        {
            (full([2, Classes], 0.3, float64), "target has probabilities of classes that sum to 1.2; expected 1 within 0.001, *"),
            (full([2, Classes], 0.1, float64), "target has probabilities of classes that sum to 0.4; expected 1 within 0.001, *"),
            (tensor(new[] { -0.5, 0.5, 0.5, 0.5 }).expand(2, -1), "target has the value -0.5; expected values in [0, 1].*"),
            (full([2, Classes], double.NaN, float64), "target has a NaN; expected values in [0, 1].*"),
        })
            new CategoricalLikelihood().Invoking(each => each.LogProbability(output, target)).Should().Throw<ArgumentException>()
                .WithMessage(message);
        // An average of draws that was rounded is accepted, in any type.
        foreach (var type in new[] { float64, float32, float16, bfloat16 })
            ShouldBeFinite(new CategoricalLikelihood().LogProbability(output, Normal(2, Classes).softmax(1).to(type)));
    }

    [Fact]
    public void Only_results_stay_alive()
    {
        Tensor output = Normal(2, 6, Classes), classes = tensor(new long[] { 0, 1, 2, 3, Ignored, 1 }), soft = Normal(6, Classes).softmax(1);
        var likelihood = new CategoricalLikelihood(classWeights: Weights, labelSmoothing: 0.1);
        long before = LiveTensors();
        using Tensor first = likelihood.LogProbability(output, classes), second = likelihood.LogProbability(output, soft);
        LiveTensors().Should().Be(before + 2);
    }

    private static (int Axis, Tensor Output, Tensor Classes) Layout(string layout)
    {
        long[] places = layout switch { "[B, C]" => [], "[B, C, H, W]" => [3, 2], "[B, C, D, H, W]" => [2, 3, 2], _ => [5] };
        int axis = layout switch { "[B, C, D, H, W]" => -4, "[B, C, H, W]" => -3, "[B, C, L]" => -2, _ => -1 };
        Tensor output = Normal([6, .. places, Classes]).mul(2).movedim([-1L], [axis]), classes = randint(0, Classes, [6, .. places], int64);
        classes.flatten()[3] = Ignored;
        return (axis, output, classes);
    }
}
