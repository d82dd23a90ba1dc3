using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tabular;
using Bayes.Layers.Tests.Tabular;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceAnswersTests : ServiceTest
{
    [Fact]
    public async Task Answers_are_those_of_a_predictor()
    {
        string path = SaveMixture();
        double[][] rows = Rows(5);
        var expected = Direct(path, rows, prediction =>
        {
            var (lower, upper) = prediction.PredictionInterval(0.8);
            return new[]
            {
                ("mean", Numbers(prediction.Mean)), ("lower", Numbers(lower)), ("upper", Numbers(upper)),
                ("epistemicStddev", Numbers(prediction.EpistemicStddev)), ("aleatoricStddev", Numbers(prediction.AleatoricStddev)),
                ("totalStddev", Numbers(prediction.TotalStddev)),
            };
        });
        await using var run = await ServiceRun.Start(path, "--IntervalMass", "0.8");

        var answers = await run.Predict(rows);

        answers.Count.Should().Be(5);
        foreach (var (name, values) in expected)
            answers.Select(answer => answer![name]!.GetValue<double>()).Should().Equal(values, name);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(64)]
    [InlineData(200)]
    public async Task A_row_has_the_same_answer_alone_and_among_others(int count)
    {
        double[][] rows = Rows(count);
        await using var run = await ServiceRun.Start(SaveMixture());

        var together = await run.Predict(rows);

        foreach (int row in new[] { 0, 1, count / 2, count - 1 })
            // To the bit: each number is computed in double precision and rounded once, by code that treats each row by itself.
            (await run.Predict(new[] { rows[row] }))[0]!.ToJsonString().Should().Be(together[row]!.ToJsonString());
    }

    [Fact]
    public async Task Objects_with_names_in_any_order_are_arrays()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--Columns", "age,height,weight");

        var answers = await run.Predict(new object[] { new { weight = 3, age = 1, height = 2 }, new[] { 1, 2, 3 } });

        answers[0]!.ToJsonString().Should().Be(answers[1]!.ToJsonString());
    }

    [Fact]
    public async Task Classes_have_probabilities_and_entropies()
    {
        string path = SaveNetwork(3, new CategoricalLikelihood());
        double[][] rows = Rows(4);
        var (means, entropies, information) = Direct(path, rows, prediction =>
            (Numbers(prediction.Mean), Numbers(prediction.TotalEntropy), Numbers(prediction.MutualInformation)));
        await using var run = await ServiceRun.Start(path, "--Classes", "red,green,blue");

        var answers = await run.Predict(rows);

        foreach (var (row, answer) in answers.Index())
        {
            var probabilities = answer!["probabilities"]!;
            double[] found = [.. new[] { "red", "green", "blue" }.Select(name => probabilities[name]!.GetValue<double>())];
            found.Should().Equal(means[(3 * row)..(3 * row + 3)]);
            answer["predictedClass"]!.GetValue<string>().Should().Be(new[] { "red", "green", "blue" }[Array.IndexOf(found, found.Max())]);
            answer["totalEntropy"]!.GetValue<double>().Should().Be(entropies[row]);
            answer["mutualInformation"]!.GetValue<double>().Should().Be(information[row]);
            answer["mean"].Should().BeNull();
        }
    }

    [Fact]
    public async Task One_logit_has_two_classes()
    {
        string path = SaveNetwork(1, new BernoulliLikelihood());
        double[] means = Direct(path, Rows(1), prediction => Numbers(prediction.Mean));
        await using var run = await ServiceRun.Start(path);

        var probabilities = (await run.Predict(Rows(1)))[0]!["probabilities"]!;

        probabilities["1"]!.GetValue<double>().Should().Be(means[0]);
        probabilities["0"]!.GetValue<double>().Should().BeApproximately(1 - means[0], 1e-12);
    }

    [Fact]
    public async Task Counts_have_their_exposure_in_each_row()
    {
        string path = PathOf("counts.safetensors");
        using (var model = TabularRegression.Train(TabularTables.Counts(80), "count", TabularTables.Quick with
        {
            Steps = 20, Noise = TabularNoise.Poisson("exposure"),
        }))
            model.Save(path);
        await using var run = await ServiceRun.Start(path);

        var answers = await run.Predict(new object[] { new { x = 0.5, exposure = 1 }, new { x = 0.5, exposure = 3 }, new { x = 0.5 } });

        (answers[1]!["mean"]!.GetValue<double>() / answers[0]!["mean"]!.GetValue<double>()).Should().BeApproximately(3, 1e-4);
        answers[2]!["error"]!.GetValue<string>().Should().Be("The row lacks the column 'exposure'; expected a finite number.");
    }

    [Fact]
    public async Task A_model_of_a_table_takes_its_columns()
    {
        string path = PathOf("table.safetensors");
        var table = new Table(
            ("area", Numbers(40, row => 50 + 3 * (row * 7 % 40))), ("street", Enumerable.Range(0, 40).Select(row => row % 3 == 0 ? "Mill" : "Main")),
            ("new", Enumerable.Range(0, 40).Select(row => row % 2 == 0)),
            ("sold", Enumerable.Range(0, 40).Select(row => new DateTime(2026, 1, 1).AddDays(9 * row))), ("price", Numbers(40, row => row * 7 % 40)));
        double[] means, lower;
        using (var model = TabularRegression.Train(table, "price", new TabularOptions { Members = 2, Steps = 20, Draws = 20 }))
        {
            model.Save(path);
            using var prediction = model.Predict(table.Rows([0, 1]));
            (means, lower) = ([.. prediction.Mean], [.. prediction.Interval(0.9).Lower]);
        }
        await using var run = await ServiceRun.Start(path);

        var answers = await run.Predict(new object[]
        {
            new { area = 50, street = "Mill", @new = true, sold = "2026-01-01" },
            new { area = 71, street = "Main", @new = false, sold = "2026-01-10" },
            new { area = (double?)null, street = "unknown", @new = false, sold = "2026-01-10" },
            new { area = 71, street = "Main", @new = "no", sold = "2026-01-10" },
            new { area = 71, street = "Main", @new = false, sold = "yesterday" },
            new { area = 71, street = "Main", @new = false },
        });

        answers.Take(2).Select(answer => answer!["mean"]!.GetValue<double>()).Should().Equal(means);
        answers.Take(2).Select(answer => answer!["lower"]!.GetValue<double>()).Should().Equal(lower);
        answers[2]!["mean"].Should().NotBeNull("a missing value and an unknown category are ordinary in tables");
        answers.Skip(3).Select(answer => answer!["error"]!.GetValue<string>()).Should().Equal(
            "The column 'new' is \"no\"; expected true or false.",
            "The column 'sold' is 'yesterday'; expected a date such as 2026-01-31 or 2026-01-31T08:30.",
            "The row lacks the column 'sold'; expected a date.");
        var description = JsonNode.Parse(await run.Client.GetStringAsync("/model"))!;
        description["target"]!.GetValue<string>().Should().Be("price");
        description["draws"]!.GetValue<int>().Should().Be(20);
        description["columns"]!.AsArray().Select(column => column!["kind"]!.GetValue<string>()).Should().Equal("number", "text", "truth", "date");
    }

    [Fact]
    public async Task A_foreign_culture_changes_nothing()
    {
        using var culture = new ForeignCulture();
        await using var run = await ServiceRun.Start(SaveMixture(), "--IntervalMass", "0.5");

        var lines = await run.Stream("x0,x1,x2\n0.5,-1,1e-3\n", "text/csv");
        var answers = await run.Predict(new[] { new[] { 0.5, -1, 1e-3 } });

        lines[0]["mean"]!.ToJsonString().Should().Be(answers[0]!["mean"]!.ToJsonString());
    }

    private static double[] Numbers(int count, Func<int, double> value) => [.. Enumerable.Range(0, count).Select(value)];
}
