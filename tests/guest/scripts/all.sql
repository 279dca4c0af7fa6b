-- SPDX-License-Identifier: MIT
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
insert into t select i, printf('%05d-%s', i * 7919 % 2003, hex(i * i)), i / 7.0 from n;
create index tb on t(b);
select count(*), sum(a), round(avg(c), 9), min(b), max(b) from t;
select a, b from t where b like '001%' order by b desc limit 5;
select substr(b, 1, 2) as k, count(*), group_concat(a % 10, '') from t group by k having count(*) > 90 order by k limit 3;
begin; delete from t where a % 3 = 0; rollback;
select count(*) from t; update t set c = sqrt(c) + sin(a); select printf('%.12f', sum(c)) from t;
create virtual table f using fts5(x); insert into f select b from t; select count(*) from f where f match '0*';
create virtual table r using rtree(id, x0, x1); insert into r select a, c, c + 1 from t where a < 300;
select count(*) from r where x0 > 2 and x1 < 4;
pragma integrity_check;
select * from missing;
